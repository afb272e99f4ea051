/**
 * What ACL's subcommands do, on the engine and on gateways with users of their own. Worker thread. Cold:
 * administration. As valkey 8.0 `acl.c`.
 */
import { randomBytes } from 'node:crypto';
import {
  type AclPort,
  DENIED_CONTEXTS,
  DENIED_REASONS,
  type DeniedAccess,
  type ShownSelector,
  type ShownUser,
} from '../access-ports.ts';
import { ACL_CATEGORIES } from '../acl-categories.ts';
import { integerAt, isWord, word } from '../arguments.ts';
import { hasSince } from '../compatibility.ts';
import type { CommandContext } from '../context.ts';
import type { CommandView, ServerName } from '../definition.ts';
import { wrongArity } from '../errors.ts';

/** As much of a command's context as they need. */
export interface AclContext
  extends CommandView,
    Pick<CommandContext, 'table' | 'compatibility' | 'database' | 'nowMs' | 'text' | 'shown' | 'error'>,
    Pick<
      CommandContext,
      'ok' | 'integer' | 'bulk' | 'bulkText' | 'array' | 'map' | 'set' | 'double' | 'nil'
    > {
  readonly client: { readonly user: string };
  readonly ports: {
    readonly acl: AclPort;
    /** Whose variants of the definitions count. */
    readonly introspection: { readonly server: ServerName };
  };
}

const RESET = word('reset');
const MOST_PASSWORD_BITS = 4096;
const USUAL_PASSWORD_BITS = 256;
const USUAL_ENTRIES = 10;
const SHOWN = 128;
/** Arguments from here on are the command that DRYRUN is about. */
const DRY_COMMAND = 3;

export function runAclWhoami(context: AclContext): void {
  bulk(context, context.client.user);
}

export function runAclUsers(context: AclContext): void {
  bulks(context, context.ports.acl.names());
}

export function runAclList(context: AclContext): void {
  bulks(context, context.ports.acl.lines());
}

export function runAclSetuser(context: AclContext): void {
  const rules = Array.from({ length: context.count - 3 }, (_, at) => context.text(at + 3));
  done(context, context.ports.acl.setUser(context.text(2), rules));
}

export function runAclDeluser(context: AclContext): void {
  const names = Array.from({ length: context.count - 2 }, (_, at) => context.text(at + 2));
  if (names.includes('default')) context.error("ERR The 'default' user cannot be removed");
  else context.integer(context.ports.acl.deleteUsers(names));
}

export function runAclLoad(context: AclContext): void {
  done(context, context.ports.acl.load());
}

export function runAclSave(context: AclContext): void {
  done(context, context.ports.acl.save());
}

export function runAclGetuser(context: AclContext): void {
  const user = context.ports.acl.user(context.text(2));
  if (user === undefined) context.nil();
  else writeUser(context, user);
}

export function runAclCat(context: AclContext): void {
  if (context.count === 2) bulks(context, ACL_CATEGORIES);
  else if (context.count === 3) writeCategory(context);
  else wrongForm(context);
}

export function runAclGenpass(context: AclContext): void {
  if (context.count > 3) {
    wrongForm(context);
    return;
  }
  const bits = context.count === 2 ? USUAL_PASSWORD_BITS : integerAt(context, 2);
  if (Number.isNaN(bits)) return;
  if (bits <= 0 || bits > MOST_PASSWORD_BITS) {
    context.error(
      'ERR ACL GENPASS argument must be the number of bits for the output password, a positive number up to ' +
        `${MOST_PASSWORD_BITS}`,
    );
    return;
  }
  const digits = Math.ceil(bits / 4);
  context.bulkText(
    randomBytes(Math.ceil(digits / 2))
      .toString('hex')
      .slice(0, digits),
  );
}

export function runAclLog(context: AclContext): void {
  const { acl } = context.ports;
  if (context.count > 3) {
    wrongForm(context);
    return;
  }
  if (context.count === 3 && isWord(context, 2, RESET)) {
    acl.clearLog();
    context.ok();
    return;
  }
  const count = context.count === 2 ? USUAL_ENTRIES : integerAt(context, 2);
  if (Number.isNaN(count)) return;
  const entries = acl.log(Math.max(0, count));
  context.array(entries.length);
  for (const entry of entries) writeEntry(context, entry);
}

export function runAclDryrun(context: AclContext): void {
  const { table, compatibility } = context;
  const name = context.text(2);
  if (context.ports.acl.user(name) === undefined) {
    context.error(`ERR User '${name}' not found`);
    return;
  }
  const command: CommandView = {
    bytes: context.bytes,
    spans: context.spans.slice(2 * DRY_COMMAND),
    count: context.count - DRY_COMMAND,
  };
  const id = table.lookup(command.bytes, command.spans, command.count);
  const isKnown = id >= 0 && hasSince(compatibility, table.definitions[id].since);
  // A command with subcommands, and none of these.
  const isWrong = isKnown && table.definitions[id].subcommands !== undefined && command.count > 1;
  if (!isKnown || isWrong) {
    context.error(`ERR Command '${context.shown(DRY_COMMAND)}' not found`);
    return;
  }
  const { arity, variants, name: fullName } = table.definitions[id];
  const needed = variants?.[context.ports.introspection.server]?.arity ?? arity;
  if (needed > 0 ? command.count !== needed : command.count < -needed) {
    context.error(wrongArity(fullName));
    return;
  }
  const refusal = context.ports.acl.whyDenied(name, command, id, context.database);
  if (refusal === undefined) context.ok();
  else bulk(context, refusal);
}

function writeUser(context: AclContext, { flags, passwords, selectors }: ShownUser): void {
  const [root, ...more] = selectors;
  context.map(3 + fieldsOf(root));
  context.bulkText('flags');
  context.set(flags.length);
  for (const flag of flags) context.bulkText(flag);
  context.bulkText('passwords');
  bulks(context, passwords);
  writeSelector(context, root);
  context.bulkText('selectors');
  context.array(more.length);
  for (const selector of more) {
    context.map(fieldsOf(selector));
    writeSelector(context, selector);
  }
}

function fieldsOf({ databases }: ShownSelector): number {
  return databases === undefined ? 3 : 4;
}

function writeSelector(context: AclContext, selector: ShownSelector): void {
  for (const field of ['commands', 'keys', 'channels', 'databases'] as const) {
    const value = selector[field];
    if (value === undefined) continue;
    context.bulkText(field);
    bulk(context, value);
  }
}

function writeCategory(context: AclContext): void {
  const category = context.text(2).toLowerCase();
  if (!ACL_CATEGORIES.includes(category)) {
    context.error(`ERR Unknown category '${context.shown(2).slice(0, SHOWN)}'`);
    return;
  }
  const { table, compatibility } = context;
  const { server } = context.ports.introspection;
  const names = table.definitions
    .filter(({ since }) => hasSince(compatibility, since))
    .filter(({ categories, variants }) => (variants?.[server]?.categories ?? categories).includes(category))
    .map(({ name }) => name);
  bulks(context, names);
}

function writeEntry(context: AclContext, entry: DeniedAccess): void {
  const texts = {
    reason: DENIED_REASONS[entry.reason],
    context: DENIED_CONTEXTS[entry.context],
    object: entry.object,
    username: entry.user,
  };
  context.map(10);
  context.bulkText('count');
  context.integer(entry.count);
  for (const [field, value] of Object.entries(texts)) {
    context.bulkText(field);
    bulk(context, value);
  }
  context.bulkText('age-seconds');
  context.double((context.nowMs - entry.updatedMs) / 1000);
  context.bulkText('client-info');
  bulk(context, entry.line);
  const numbers = {
    'entry-id': entry.id,
    'timestamp-created': entry.createdMs,
    'timestamp-last-updated': entry.updatedMs,
  };
  for (const [field, value] of Object.entries(numbers)) {
    context.bulkText(field);
    context.integer(value);
  }
}

/** One byte for each character. */
function bulk(context: AclContext, text: string): void {
  const bytes = Buffer.from(text, 'latin1');
  context.bulk(bytes, 0, bytes.length);
}

function bulks(context: AclContext, texts: readonly string[]): void {
  context.array(texts.length);
  for (const text of texts) bulk(context, text);
}

function done(context: AclContext, error: string | undefined): void {
  if (error === undefined) context.ok();
  else context.error(`ERR ${error}`);
}

function wrongForm(context: AclContext): void {
  const given = context.text(1).slice(0, SHOWN);
  context.error(`ERR unknown subcommand or wrong number of arguments for '${given}'. Try ACL HELP.`);
}
