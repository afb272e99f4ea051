/** The library `cmsgpack` of scripts. Runs on the machine's thread. */
import type { ScriptDialect } from './dialect.ts';
import type { LuaState } from './lua-exports.ts';
import type { LuaMachine } from './machine.ts';
import { MessagePacker } from './msgpack-pack.ts';
import { MessageUnpacker } from './msgpack-unpack.ts';
import type { ProtectedTables } from './protected-tables.ts';

/** Cold: set-up. Pushes the library. */
export function pushMessagePackLibrary(
  machine: LuaMachine,
  state: LuaState,
  tables: ProtectedTables,
  dialect: ScriptDialect,
): void {
  const packer = new MessagePacker(machine, tables);
  const unpacker = new MessageUnpacker(machine);
  machine.pushLibrary(state, [
    ['pack', (at) => packer.pack(at)],
    ['unpack', (at) => unpacker.unpack(at)],
    ['unpack_one', (at) => unpacker.unpackOne(at)],
    ['unpack_limit', (at) => unpacker.unpackLimit(at)],
    ['_NAME', 'cmsgpack'],
    ['_VERSION', 'lua-cmsgpack 0.4.0'],
    ['_COPYRIGHT', `Copyright (C) 2012, ${dialect.packLibraryOwner}`],
    ['_DESCRIPTION', 'MessagePack C implementation for Lua'],
  ]);
}
