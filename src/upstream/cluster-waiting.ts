/** WAIT and WAITAOF of one session before a cluster. Worker thread. Cold: commands that wait by design. */
import { decodeText } from '../base/bytes.ts';
import { ClusterAofWait } from './cluster-aof-wait.ts';
import type { ClusterCommand } from './cluster-command.ts';
import { ClusterWait, type ClusterWaitOptions } from './cluster-wait.ts';
import type { KeptCommands } from './kept-commands.ts';
import type { SessionConnection } from './session-connection.ts';

export class ClusterWaiting {
  readonly #options: ClusterWaitOptions;
  readonly #kept: KeptCommands;
  readonly #onOver: () => void;
  #wait: ClusterWait | ClusterAofWait | undefined = undefined;

  /** `onOver`: a command that waited has been answered. */
  constructor(options: ClusterWaitOptions, kept: KeptCommands, onOver: () => void) {
    this.#options = options;
    this.#kept = kept;
    this.#onOver = onOver;
  }

  /** Connections that a server shows as blocked. */
  get connections(): { readonly index: number; readonly connection: SessionConnection | undefined }[] {
    return this.#wait?.connections ?? [];
  }

  /** Takes WAIT or WAITAOF; false for any other command, and where any node finds out what is wrong with it. */
  takes(one: ClusterCommand, name: string): boolean {
    if (name !== 'wait' && name !== 'waitaof') return false;
    const { router } = this.#options.cluster;
    router.route(one.command, one.bytes, one.start, one.end);
    const { bytes, spans, count } = router.view;
    const words = Array.from({ length: count }, (_, at) =>
      decodeText(bytes, spans[2 * at], spans[2 * at + 1]),
    );
    const numbers = words.slice(1);
    if (numbers.length !== (name === 'wait' ? 2 : 3) || !numbers.every(isCount)) return false;
    this.#kept.keep(one);
    this.#wait =
      name === 'wait'
        ? new ClusterWait(this.#options, Number(numbers[0]), Number(numbers[1]), (count, error) =>
            this.#over(one, `:${count}\r\n`, error),
          )
        : new ClusterAofWait(this.#options, one.bytes, (local, replicas, error) =>
            this.#over(one, `*2\r\n:${local}\r\n:${replicas}\r\n`, error),
          );
    return true;
  }

  close(): void {
    this.#wait?.close();
  }

  #over(one: ClusterCommand, reply: string, error: string): void {
    this.#wait = undefined;
    if (error !== '') this.#kept.fail(one, error);
    else this.#kept.answer(one, Buffer.from(reply));
    this.#onOver();
  }
}

function isCount(text: string): boolean {
  return /^\d{1,15}$/.test(text);
}
