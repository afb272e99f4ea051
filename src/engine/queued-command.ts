/** A command with memory of its own: queued by MULTI, parked, or made by a script. Worker thread. */
import type { CommandView } from '../commands/definition.ts';

export class QueuedCommand implements CommandView {
  readonly command: number;
  readonly bytes: Uint8Array;
  readonly spans: Int32Array;
  readonly count: number;

  /** Copies the arguments of `view`. */
  constructor(command: number, view: CommandView) {
    const { spans, count } = view;
    const first = spans[0];
    this.command = command;
    this.count = count;
    this.bytes = view.bytes.slice(first, spans[2 * count - 1]);
    this.spans = new Int32Array(2 * count);
    for (let at = 0; at < 2 * count; at++) this.spans[at] = spans[at] - first;
  }
}
