/** What CONFIG GET and SET do on the engine. Worker thread. Cold: administration. As valkey 8.0 `config.c`. */
import { globMatches } from '../../base/glob.ts';
import type { CommandContext } from '../context.ts';
import { wrongArity } from '../errors.ts';
import type { RefusedSetting } from '../ports.ts';

const DUPLICATE: RefusedSetting = { refusal: 'duplicate parameter' };

export function runConfigGet(context: CommandContext): void {
  const { settings } = context.ports;
  const found: number[] = [];
  settings.names.forEach((name, index) => {
    const bytes = Buffer.from(name);
    for (let at = 2; at < context.count; at++) {
      const text = context.text(at).toLowerCase();
      const pattern = Buffer.from(text, 'latin1');
      const isFound = settings.isHidden(index)
        ? text === name
        : globMatches(pattern, 0, pattern.length, bytes, 0, bytes.length);
      if (!isFound) continue;
      found.push(index);
      return;
    }
  });
  context.map(found.length);
  for (const index of found) {
    context.bulkText(settings.names[index]);
    const value = Buffer.from(settings.show(index), 'latin1');
    context.bulk(value, 0, value.length);
  }
}

/** All of them, or none. */
export function runConfigSet(context: CommandContext): void {
  const { settings } = context.ports;
  if (context.count % 2 !== 0) {
    context.error(wrongArity('config|set'));
    return;
  }
  const values = new Map<number, number | string>();
  for (let at = 2; at < context.count; at += 2) {
    const name = context.text(at);
    const index = settings.names.indexOf(name.toLowerCase());
    if (index < 0) {
      context.error(`ERR Unknown option or number of arguments for CONFIG SET - '${context.shown(at)}'`);
      return;
    }
    const value = values.has(index) ? DUPLICATE : settings.parse(index, context.text(at + 1));
    if (typeof value === 'object') {
      context.error(`ERR CONFIG SET failed (possibly related to argument '${name}') - ${value.refusal}`);
      return;
    }
    values.set(index, value);
  }
  for (const [index, value] of values) settings.set(index, value);
  context.ok();
}

export function runConfigResetstat(context: CommandContext): void {
  context.ports.information.reset();
  context.ok();
}

/** What the engine is started with is the gateway's configuration, which is nobody's to write here. */
export function runConfigRewrite(context: CommandContext): void {
  context.error('ERR The server is running without a config file');
}
