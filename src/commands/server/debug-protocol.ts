/** DEBUG PROTOCOL: a reply of each type. Worker thread. Cold: for tests of clients. As valkey 8.0 `debug.c`. */
import type { CommandContext } from '../context.ts';

const DIGITS = '1234567999999999999999999999999999999';
const BIG_NUMBER = Buffer.from(`(${DIGITS}\r\n`);
/** `|` */
const ATTRIBUTES = 0x7c;

const REPLIES: Readonly<Record<string, (context: CommandContext) => void>> = {
  string: (context) => context.bulkText('Hello World'),
  integer: (context) => context.integer(12_345),
  double: (context) => context.double(3141 / 1000),
  bignum: (context) => {
    if (context.resp === 3) context.writer.raw(BIG_NUMBER, 0, BIG_NUMBER.length);
    else context.bulkText(DIGITS);
  },
  null: (context) => context.nil(),
  array: (context) => {
    context.array(3);
    for (let at = 0; at < 3; at++) context.integer(at);
  },
  set: (context) => {
    context.set(3);
    for (let at = 0; at < 3; at++) context.integer(at);
  },
  map: (context) => {
    context.map(3);
    for (let at = 0; at < 3; at++) {
      context.integer(at);
      context.boolean(at === 1);
    }
  },
  attrib: (context) => {
    if (context.resp === 3) {
      context.writer.header(ATTRIBUTES, 1);
      context.bulkText('key-popularity');
      context.array(2);
      context.bulkText('key:123');
      context.integer(90);
    }
    context.bulkText('Some real reply following the attribute');
  },
  push: (context) => {
    if (context.resp < 3) {
      context.error('ERR RESP2 is not supported by this command');
      return;
    }
    context.writer.push(2, 3);
    context.bulkText('server-cpu-usage');
    context.integer(42);
    context.bulkText('Some real reply following the push reply');
  },
  true: (context) => context.boolean(true),
  false: (context) => context.boolean(false),
  verbatim: (context) => context.writer.verbatim('This is a verbatim\nstring', context.resp),
};

export function runDebugProtocol(context: CommandContext): void {
  const name = context.text(2).toLowerCase();
  const reply = Object.hasOwn(REPLIES, name) ? REPLIES[name] : undefined;
  if (reply !== undefined) reply(context);
  else
    context.error(
      'ERR Wrong protocol type name. Please use one of the following: ' +
        'string|integer|double|bignum|null|array|set|map|attrib|push|verbatim|true|false',
    );
}
