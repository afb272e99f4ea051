/** Plays command cases on a stage in one mode, and judges one playing by another. */

import { waitUntil } from '../support/wait.ts';
import { type CommandCase, encodeArray, showLine } from './command-text.ts';
import type { Coverage } from './coverage.ts';
import { findDifference } from './differences.ts';
import { Exchange } from './exchange.ts';
import { judge, showFrame } from './judge.ts';
import { type Mode, nameOf, ownReply } from './modes.ts';
import type { SuiteStage } from './stages.ts';

/** Replies by line of a case; empty for a line that was not played. */
export type Played = readonly (readonly Buffer[])[];

const FLUSH = encodeArray(['FLUSHALL']);
const HELLO3 = encodeArray(['HELLO', '3']);
const PERSISTENCE = encodeArray(['INFO', 'persistence']);
/** Refused while the case's BGSAVE of another form still runs. */
const SAVE = 'SAVE';

/** Plays all cases one after another and returns what each heard. */
export async function playCases(
  stage: SuiteStage,
  cases: readonly CommandCase[],
  mode: Mode,
): Promise<Played[]> {
  const shared = await open(stage, mode);
  try {
    const played: Played[] = [];
    for (const one of cases) {
      const exchange = one.ownConnection ? await open(stage, mode) : shared;
      played.push(await playCase(stage, exchange, one, mode));
      if (one.ownConnection) exchange.close();
    }
    return played;
  } finally {
    shared.close();
  }
}

async function open(stage: SuiteStage, mode: Mode): Promise<Exchange> {
  const exchange = await Exchange.connect(stage.target.port);
  if (mode.protocol === 3) await exchange.exchange(HELLO3, 1);
  return exchange;
}

function isPlayed(stage: SuiteStage, mode: Mode, gatewayOnly: boolean): boolean {
  return !gatewayOnly || (stage.isGateway && mode.repliesPerCommand === 1 && mode.name !== 'script');
}

async function playCase(
  stage: SuiteStage,
  exchange: Exchange,
  one: CommandCase,
  mode: Mode,
): Promise<Played> {
  const parts: Buffer[] = [FLUSH];
  let count = 1;
  for (const line of one.lines) {
    if (!isPlayed(stage, mode, line.gatewayOnly)) continue;
    parts.push(mode.encode(line.args));
    count += mode.repliesPerCommand;
  }
  const where = `${stage.name}, ${mode.name}, ${one.name}`;
  if (one.lines.some(({ args }) => String(args[0]) === SAVE)) await savesEnd(exchange);
  const replies = await exchange.exchange(Buffer.concat(parts), count).catch((error: Error) => {
    throw new Error(`${where}: ${error.message}`);
  });
  let at = 1;
  return one.lines.map((line) => {
    if (!isPlayed(stage, mode, line.gatewayOnly)) return [];
    at += mode.repliesPerCommand;
    return replies.slice(at - mode.repliesPerCommand, at);
  });
}

async function savesEnd(exchange: Exchange): Promise<void> {
  const isOver = async (): Promise<boolean> => {
    const [info] = await exchange.exchange(PERSISTENCE, 1);
    return !/(rdb_bgsave|aof_rewrite)_(in_progress|scheduled):1/.test(String(info));
  };
  await waitUntil(isOver, 'background saves to end');
}

/** Compares what a stage heard with what the server said; returns a line for each difference that is not declared. */
export function judgeCases(
  stage: SuiteStage,
  cases: readonly CommandCase[],
  mode: Mode,
  expected: readonly Played[],
  actual: readonly Played[],
  coverage: Coverage,
  mayDiffer: (command: string, actual: readonly Buffer[]) => boolean = () => false,
): string[] {
  const found: string[] = [];
  for (const [number, one] of cases.entries()) {
    for (const [index, line] of one.lines.entries()) {
      const [left, right] = [expected[number]?.[index] ?? [], actual[number]?.[index] ?? []];
      if (left.length === 0 && right.length === 0) continue;
      const command = nameOf(line.args);
      const difference = judge(line, mode, left, right);
      const declared = difference === undefined ? undefined : findDifference(command, stage, right);
      if (stage.isGateway && (difference === undefined || declared !== undefined)) {
        const isError = right[mode.repliesPerCommand - 1] === undefined || isErrorReply(mode, right);
        coverage.note(command, mode.name, stage.name, declared?.id, !isError);
      }
      if (difference === undefined || declared !== undefined || mayDiffer(command, right)) continue;
      const what = line.gatewayOnly ? `got ${showFrame(right[0])}` : difference;
      found.push(`${stage.name}, ${mode.name}, ${one.name}: ${showLine(line.args)}: ${what}`);
    }
  }
  return found;
}

function isErrorReply(mode: Mode, frames: readonly Buffer[]): boolean {
  const { type } = ownReply(mode, frames);
  return type === 0x2d || type === 0x21;
}
