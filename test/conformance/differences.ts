/**
 * The few places where a gateway answers other than the server, on purpose. Data: `docs/transparency.md` shows it, and
 * an entry that no case meets any more fails the suite.
 */
import type { SuiteStage } from './stages.ts';

export interface DeclaredDifference {
  readonly id: string;
  /** Catalogue names. */
  readonly commands: readonly string[];
  /** Only when clients share connections to the server. */
  readonly pooledOnly?: boolean;
  /** What the gateway says instead, as it is on the wire. */
  readonly reply: RegExp;
  readonly why: string;
}

export const declaredDifferences: readonly DeclaredDifference[] = [
  {
    id: 'shutdown',
    commands: ['shutdown'],
    reply: /^-ERR lockstep: SHUTDOWN is not available through the gateway\r\n$/,
    why: 'An application must not stop the server for all others. `upstream.allowShutdown: true` lets it.',
  },
];

/** The entry that explains this reply, if there is one. */
export function findDifference(
  command: string,
  stage: SuiteStage,
  frames: readonly Buffer[],
): DeclaredDifference | undefined {
  const text = frames.at(-1)?.toString('latin1') ?? '';
  return declaredDifferences.find(
    (entry) =>
      stage.isGateway &&
      entry.commands.includes(command) &&
      (entry.pooledOnly !== true || stage.isPooled) &&
      entry.reply.test(text),
  );
}
