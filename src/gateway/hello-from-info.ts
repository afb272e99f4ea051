/**
 * What a server without HELLO would have answered to it, put together from INFO and MODULE LIST. Worker thread. Cold:
 * once per connection of a client.
 */
import type { FrameWriter, RespVersion } from '../resp/encode.ts';
import { isError, type Reply, replyText } from '../resp/reply.ts';

/**
 * Writes the reply. `modules` may be an error: the client's user may see INFO and not MODULE LIST. Order of the fields
 * as in the servers (Redis 7.0 and Valkey 8.0 `helloCommand`).
 */
export function describeServer(
  writer: FrameWriter,
  info: Reply,
  modules: Reply,
  id: number,
  protocol: RespVersion,
): void {
  const text = replyText(info);
  const isValkey = fieldOf(text, 'server_name') === 'valkey';
  const zone = fieldOf(text, 'availability_zone');
  const mode = fieldOf(text, 'server_mode') || fieldOf(text, 'redis_mode');
  writer.map(zone === '' ? 7 : 8, protocol);
  const put = (name: string, value: string): void => {
    writer.bulkText(name);
    writer.bulkText(value);
  };
  put('server', isValkey ? 'valkey' : 'redis');
  put('version', (isValkey && fieldOf(text, 'valkey_version')) || fieldOf(text, 'redis_version'));
  writer.bulkText('proto');
  writer.integer(protocol);
  writer.bulkText('id');
  writer.integer(id);
  put('mode', mode);
  put('role', fieldOf(text, 'role') === 'slave' ? 'replica' : 'master');
  writer.bulkText('modules');
  if (!isError(modules)) writer.raw(modules.bytes, modules.start, modules.end);
  else writeModules(writer, text, protocol);
  if (zone !== '') put('availability_zone', zone);
}

/** By INFO, which does not tell where a module was loaded from. */
function writeModules(writer: FrameWriter, info: string, protocol: RespVersion): void {
  const modules = [...info.matchAll(/^module:name=([^,\r\n]*),ver=(\d+)/gm)];
  writer.array(modules.length);
  for (const [, name, version] of modules) {
    writer.map(2, protocol);
    writer.bulkText('name');
    writer.bulkText(name);
    writer.bulkText('ver');
    writer.integer(Number(version));
  }
}

function fieldOf(info: string, name: string): string {
  return new RegExp(`^${name}:([^\\r\\n]*)`, 'm').exec(info)?.[1] ?? '';
}
