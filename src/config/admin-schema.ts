/** The section `admin` of the configuration: the address of operators and tools. Main thread. */
import { z } from 'zod';
import { integer, section, text } from './leaves.ts';
import { tcpAddress } from './listen-schema.ts';

const HOT = { reload: true };

export const admin = section('The admin API and the metrics.', {
  listen: text(
    tcpAddress.default('127.0.0.1:8379'),
    'HOST:PORT',
    'Its address. Port 0 asks for a free port.',
  ),
  token: text(
    z
      .string({ error: 'must be a text or null' })
      .min(1, { error: 'must be a text or null' })
      .nullable()
      .default(null),
    'a text or null',
    'Bearer token it asks for. Without one it listens on loopback addresses only.',
    { reload: true, secret: true },
  ),
  requestsPerSecond: integer(
    200,
    [0],
    'Requests answered to one address (IPv6: one network of 64 bits), counted apart for the metrics, for event ' +
      'streams and for the rest; more are answered 429. /healthz and /readyz are not counted. 0: no limit.',
    HOT,
  ),
  failedTokensPerMinute: integer(
    20,
    [0],
    'Wrong tokens from one address before whatever token it shows is answered 429 for the rest of the minute, but on ' +
      'connections that have shown the right one. 0: no limit.',
    HOT,
  ),
});
