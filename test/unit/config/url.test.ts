/** Upstream URLs and socket addresses as people write them. */
import { describe, expect, test } from 'vitest';
import { formatAddress, isLoopbackHost, parseAddress } from '../../../src/config/address.ts';
import { parseUpstreamUrl, redactUrl } from '../../../src/config/url.ts';

const tcp = (host: string, port: number) => ({ kind: 'tcp', host, port });

describe('addresses', () => {
  test.each([
    ['127.0.0.1:6379', tcp('127.0.0.1', 6379)],
    ['localhost:0', tcp('localhost', 0)],
    ['[::1]:80', tcp('::1', 80)],
    ['unix:/run/a.sock', { kind: 'unix', path: '/run/a.sock' }],
    ['unix:///run/a.sock', { kind: 'unix', path: '/run/a.sock' }],
    ['unix:a.sock', { kind: 'unix', path: 'a.sock' }],
  ])('%s', (text, address) => {
    expect(parseAddress(text)).toEqual(address);
    expect(parseAddress(formatAddress(parseAddress(text)!))).toEqual(address);
  });

  test.each([
    '',
    'host',
    ':1',
    'host:',
    'host:65536',
    'host:1x',
    '::1:80',
    '[::1]',
    'unix:',
    'a b:1',
    'u@h:1',
  ])('%j is none', (text) => expect(parseAddress(text)).toBeUndefined());

  test('loopback', () => {
    for (const host of ['127.0.0.1', '127.9.9.9', 'localhost', 'LOCALHOST', '::1', '::ffff:127.0.0.1']) {
      expect(isLoopbackHost(host), host).toBe(true);
    }
    for (const host of [
      '0.0.0.0',
      '::',
      '10.0.0.1',
      'example.com',
      '127.0.0.1.example.com',
      'localhost.example',
    ]) {
      expect(isLoopbackHost(host), host).toBe(false);
    }
  });
});

describe('upstream URLs', () => {
  const plain = { tls: false, db: 0 };

  test.each([
    ['redis://h', { kind: 'standalone', ...plain, addresses: [tcp('h', 6379)] }],
    ['valkey://h:1/', { kind: 'standalone', ...plain, addresses: [tcp('h', 1)] }],
    ['rediss://[::1]:7/3', { kind: 'standalone', tls: true, db: 3, addresses: [tcp('::1', 7)] }],
    ['valkeys://h:7?db=4', { kind: 'standalone', tls: true, db: 4, addresses: [tcp('h', 7)] }],
    ['redis://:p%40ss@h:1', { kind: 'standalone', ...plain, addresses: [tcp('h', 1)], password: 'p@ss' }],
    [
      'redis://u:p:q@h:1',
      { kind: 'standalone', ...plain, addresses: [tcp('h', 1)], user: 'u', password: 'p:q' },
    ],
    ['unix:///tmp/x.sock', { kind: 'unix', ...plain, addresses: [{ kind: 'unix', path: '/tmp/x.sock' }] }],
    [
      'unix://u:p@/tmp/x.sock?db=2',
      {
        kind: 'unix',
        tls: false,
        db: 2,
        addresses: [{ kind: 'unix', path: '/tmp/x.sock' }],
        user: 'u',
        password: 'p',
      },
    ],
    ['redis+cluster://a:1,b:2', { kind: 'cluster', ...plain, addresses: [tcp('a', 1), tcp('b', 2)] }],
    ['rediss+cluster://a:1', { kind: 'cluster', tls: true, db: 0, addresses: [tcp('a', 1)] }],
    [
      'valkey+sentinel://:pw@a:1,b/main/5',
      {
        kind: 'sentinel',
        tls: false,
        db: 5,
        addresses: [tcp('a', 1), tcp('b', 26379)],
        password: 'pw',
        name: 'main',
      },
    ],
    ['engine:', { kind: 'engine', ...plain, addresses: [] }],
  ])('%s', (url, expected) => expect(parseUpstreamUrl(url)).toEqual(expected));

  test.each([
    ['', /must be a URL/],
    ['h:6379', /must be a URL/],
    ['http://h', /must be a URL/],
    ['engine', /must be a URL/],
    ['redis://', /not host:port/],
    ['redis://h:0', /not host:port/],
    ['redis://h:99999', /not host:port/],
    ['redis://user@h:1', /no password/],
    ['redis://:%zz@h:1', /%25/],
    ['redis://h/x', /not a number/],
    ['redis://h/1/2', /more than a database/],
    ['redis://h?timeout=1', /db=N/],
    ['redis://a:1,b:2', /redis\+cluster/],
    ['redis+cluster://a:1/1', /only database 0/],
    ['redis+sentinel://a:1', /name the master/],
    ['unix://relative', /three slashes/],
  ])('%s is refused', (url, message) => expect(() => parseUpstreamUrl(url)).toThrow(message));

  test('messages do not repeat what may be a password', () => {
    for (const url of ['redis://:secret', 'redis://u:se/cret@h:1', 'redis://h/secret', 'redis://h?secret']) {
      expect(() => parseUpstreamUrl(url), url).toThrow(/^(?!.*(secret|cret)).*$/);
    }
  });

  test('redaction', () => {
    expect(redactUrl('redis://u:pw@h:1/2')).toBe('redis://u:***@h:1/2');
    expect(redactUrl('redis://:p@w@h:1')).toBe('redis://:***@h:1');
    expect(redactUrl('redis://u:p/w@h:1')).toBe('redis://u:***@h:1');
    expect(redactUrl('redis+sentinel://:pw@a:1,b:2/main')).toBe('redis+sentinel://:***@a:1,b:2/main');
    expect(redactUrl('unix://:pw@/tmp/a')).toBe('unix://:***@/tmp/a');
    expect(redactUrl('redis://h:1')).toBe('redis://h:1');
    expect(redactUrl('engine:')).toBe('engine:');
  });
});
