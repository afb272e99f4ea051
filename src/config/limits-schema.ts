/** The section `limits` of the configuration: what the gateway takes on before it says no. Main thread. */
import { integer, section, size, toggle } from './leaves.ts';

const HOT = { reload: true };

export const limits = section('What the gateway takes on before it says no, as the servers do.', {
  maxClients: integer(10000, [1], 'Client connections.', HOT),
  protectedMode: toggle(
    true,
    'Refuse clients from other machines where anybody could run commands: the primary wants no password of its ' +
      'default user, or primary.url has one for everybody, and the listener does not require certificates.',
    HOT,
  ),
  maxQueryBytes: size('1gb', 1024, 'Bytes of commands of one client that wait to be handled.', HOT),
  maxOutputBytes: size(
    '256mb',
    0,
    'Bytes that wait for one client to read them before it is disconnected, as the hard limit of ' +
      'client-output-buffer-limit; 0: no limit.',
    HOT,
  ),
  softOutputBytes: size(
    '0',
    0,
    'More than this waiting for longer than softOutputMs does the same; 0: no limit.',
    HOT,
  ),
  softOutputMs: integer(0, [0], 'Milliseconds, see softOutputBytes.', HOT),
  pubsub: section('The same limits for clients that subscribe or monitor.', {
    maxOutputBytes: size('32mb', 0, 'Bytes that wait for one client to read them; 0: no limit.', HOT),
    softOutputBytes: size(
      '8mb',
      0,
      'Bytes that may not wait for longer than softOutputMs; 0: no limit.',
      HOT,
    ),
    softOutputMs: integer(60000, [0], 'Milliseconds, see softOutputBytes.', HOT),
  }),
  holdBackBytes: size(
    '1mb',
    0,
    'When more waits for a client that has a connection of its own to the primary, that connection is not read until ' +
      'the client has caught up, and the limits of the primary decide; 0: never.',
    HOT,
  ),
  maxBulkBytes: size('512mb', 1024, 'Length of one argument.', HOT),
  maxInFlightCommands: integer(
    10000,
    [1],
    'Commands of one client in flight before its socket is not read.',
    HOT,
  ),
  idleTimeoutMs: integer(
    0,
    [0],
    'Milliseconds without a command after which a client is disconnected; 0: never.',
    HOT,
  ),
  drainTimeoutMs: integer(10000, [0], 'Milliseconds a drain waits for commands in flight.', HOT),
});
