/** Commands that wait for keys: none does yet, so nobody is ever woken. Worker thread. */
import { assert } from '../base/errors.ts';
import type { CommandContext } from '../commands/context.ts';
import type { BlockingPort } from '../commands/ports.ts';
import type { Key } from '../store/key.ts';

export class NoBlocking implements BlockingPort {
  block(context: CommandContext, _timeoutMs: number): void {
    assert(false, `no command blocks, ${context.table.labels[context.command]} included`);
  }

  ready(_key: Key): void {}
}
