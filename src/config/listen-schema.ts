/** Settings of the addresses that clients connect to. Main thread. It must not read files. */
import { z } from 'zod';
import { parseAddress } from './address.ts';
import { choice, integer, optionalPath, special, text } from './leaves.ts';

const HOT = { reload: true };

const addressText = 'HOST:PORT, [IPV6]:PORT or unix:PATH';
const address = z
  .string({ error: `must be ${addressText}` })
  .refine((value) => parseAddress(value) !== undefined, { error: `must be ${addressText}` });

export const tcpAddress = z
  .string({ error: 'must be HOST:PORT' })
  .refine((value) => parseAddress(value)?.kind === 'tcp', { error: 'must be HOST:PORT' });

const announced = tcpAddress.refine((value) => !value.endsWith(':0'), { error: 'must have a port' });

const file = z.string({ error: 'must be a path' }).min(1, { error: 'must be a path' });

const listenTls = z
  .strictObject(
    {
      certificate: text(file, 'a path', 'PEM file with the certificate chain.', HOT),
      key: text(file, 'a path', 'PEM file with the private key.', HOT),
      authority: optionalPath(
        'PEM file with the authorities that client certificates are checked against.',
        HOT,
      ),
      clientCertificates: choice(
        ['none', 'optional', 'required'],
        'none',
        'Whether clients show a certificate. Anything but none needs an authority.',
      ),
    },
    {
      error: (issue) =>
        issue.code === 'invalid_type' ? 'must be a map with certificate and key, or null' : undefined,
    },
  )
  .nullable()
  .default(null)
  .describe('TLS on this address; null: none.');

const listener = z.strictObject(
  {
    address: text(address, addressText, 'Where clients connect. Port 0 asks for a free port.'),
    tls: listenTls,
    backlog: integer(511, [1, 65535], 'Connections the kernel holds before they are accepted.'),
    face: choice(
      ['server', 'cluster'],
      'server',
      'What clients see: a plain server, or a cluster whose nodes are gateways.',
    ),
    announce: text(
      announced.nullable().default(null),
      'HOST:PORT or null',
      'As a cluster: the address of this gateway as clients reach it; null: the one they have connected to.',
    ),
    peers: special(
      z.array(announced, { error: 'must be a list of addresses' }).default([]),
      'addresses',
      'a list of HOST:PORT',
      'As a cluster: the announced addresses of other gateways with the same primary.',
    ),
    slots: choice(
      ['split', 'all'],
      'split',
      'As a cluster, split: each gateway is announced with an equal share; all: this one with all, peers as replicas.',
    ),
    unixMode: text(
      z
        .string({ error: 'must be octal digits in quotes, "700"' })
        .regex(/^0?[0-7]{3}$/, { error: 'must be octal digits in quotes, "700"' })
        .default('700'),
      'octal digits in quotes',
      'Permissions of a unix socket.',
    ),
  },
  {
    error: (issue) =>
      issue.code === 'invalid_type' ? 'must be an address or a map with an address' : undefined,
  },
);

export const listen = special(
  z
    .array(listener, { error: 'must be a list of addresses' })
    .min(1, { error: 'must have at least one address' })
    .prefault([{ address: '127.0.0.1:6379' }]),
  'addresses',
  'a list of maps, or of addresses alone',
  'The addresses clients connect to.',
);
