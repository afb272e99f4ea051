/**
 * What is kept of a differing reply, and how it is written down: cut to a limit, keys hashed and values redacted
 * unless the operator asked for clear text. Reports are built on worker threads and posted to the main thread, so
 * they hold strings and numbers only. Cold: runs once per confirmed divergence. It must not know how replies differ.
 */
import { decodeText, keyHashText } from '../base/bytes.ts';
import { decodeReply, formatReply } from '../resp/reply.ts';
import type { DIVERGENCE_KINDS } from '../telemetry/metrics.ts';

export type DivergenceKind = (typeof DIVERGENCE_KINDS)[number];

export interface DivergenceReport {
  /** Unix time in ms at which the difference was confirmed. */
  readonly at: number;
  /** Catalogue name, or `other`. */
  readonly command: string;
  readonly kind: DivergenceKind;
  /** Hash slot of the command's keys; -1 for a command without keys. */
  readonly slot: number;
  /** 16 hex digits that name the first key without showing it; '' for a command without keys. */
  readonly keyHash: string;
  /** The first key in clear text, when the configuration allows it. */
  readonly key?: string;
  /** The whole command as redis-cli takes it, when the configuration allows keys and values and it is short enough. */
  readonly request?: string;
  /** Where the replies part: `whole reply`, `[3]`, `["field"]`, `[2][0]`. */
  readonly firstDifference: string;
  readonly primary: string;
  readonly shadow: string;
}

/** `compare.divergences` of the configuration. */
export interface DivergenceDisplay {
  readonly showKeys: boolean;
  readonly showValues: boolean;
  /** Longest display of one reply, in characters. */
  readonly maxReplyBytes: number;
}

export interface ByteSpan {
  readonly bytes: Uint8Array;
  readonly start: number;
  /** Excluded. */
  readonly end: number;
}

export interface DivergenceFacts {
  readonly atMs: number;
  readonly command: string;
  readonly kind: DivergenceKind;
  /** Path of the first difference as the comparison gave it; '' is the reply itself. */
  readonly path: string;
  readonly slot: number;
  readonly key: ByteSpan | undefined;
  /** The client's command, a RESP array; undefined where it may hold secrets. */
  readonly request: ByteSpan | undefined;
  /** Whole reply frames. */
  readonly primary: ByteSpan;
  readonly shadow: ByteSpan;
}

const MAX_KEY_CHARACTERS = 256;
const MAX_PATH_CHARACTERS = 256;

/** Copies what the report needs out of the facts; the spans may be reused afterwards. */
export function buildDivergenceReport(facts: DivergenceFacts, display: DivergenceDisplay): DivergenceReport {
  const { key, request, primary, shadow } = facts;
  const redact = !display.showValues;
  const limit = display.maxReplyBytes;
  const report: { -readonly [Field in keyof DivergenceReport]: DivergenceReport[Field] } = {
    at: facts.atMs,
    command: facts.command,
    kind: facts.kind,
    slot: facts.slot,
    keyHash: key === undefined ? '' : keyHashText(key.bytes, key.start, key.end),
    firstDifference: describePath(facts.path, redact),
    primary: formatReply(primary.bytes, primary.start, primary.end, limit, redact),
    shadow: formatReply(shadow.bytes, shadow.start, shadow.end, limit, redact),
  };
  if (display.showKeys && key !== undefined) {
    report.key = cut(decodeText(key.bytes, key.start, key.end), MAX_KEY_CHARACTERS);
  }
  if (display.showKeys && display.showValues && request !== undefined) {
    const line = formatRequest(request, limit);
    if (line.length <= limit) report.request = line;
  }
  return report;
}

/** Words in quotes where redis-cli needs them. What is longer than the limit is not complete, but longer. */
function formatRequest({ bytes, start, end }: ByteSpan, limit: number): string {
  let line = '';
  for (const word of decodeReply(bytes, start, end).items) {
    if (line.length > limit) break;
    const quoted = formatReply(bytes, word.start, word.end, limit + 3, false);
    const plain = /^"([\w:.@/+=,-]+)"$/.exec(quoted)?.[1] ?? quoted;
    line += line === '' ? plain : ` ${plain}`;
  }
  return line;
}

/** Field names are the application's data just as values are: redacted, a path shows only that there is one. */
function describePath(path: string, redact: boolean): string {
  if (path === '') return 'whole reply';
  const shown = redact ? path.replace(/"(?:[^"\\]|\\.)*"/g, '"…"') : path;
  return cut(shown, MAX_PATH_CHARACTERS);
}

function cut(text: string, limit: number): string {
  return text.length <= limit ? text : `${text.slice(0, limit - 1)}…`;
}
