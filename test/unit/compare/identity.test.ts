import { describe, expect, it } from 'vitest';
import {
  compareVersions,
  hasSince,
  identityFromHello,
  identityFromInfo,
} from '../../../src/compare/identity.ts';
import { replyOf } from './replies.ts';

const hello = (server: string, version: string): string =>
  [
    `$6\nserver\n$${server.length}\n${server}`,
    `$7\nversion\n$${version.length}\n${version}`,
    '$5\nproto\n:2\n$7\nmodules\n*0',
  ].join('\n');

describe('server identity', () => {
  it('is read from HELLO in both protocols', () => {
    const redis = { product: 'redis', version: '7.0.15' };
    expect(identityFromHello(replyOf(`*8\n${hello('redis', '7.0.15')}`))).toEqual(redis);
    const valkey = { product: 'valkey', version: '9.1.2' };
    expect(identityFromHello(replyOf(`%4\n${hello('valkey', '9.1.2')}`))).toEqual(valkey);
    expect(identityFromHello(replyOf(`%4\n${hello('keydb', '6.3.4')}`))).toBeUndefined();
    expect(identityFromHello(replyOf('-NOAUTH x'))).toBeUndefined();
    expect(identityFromHello(replyOf('*-1'))).toBeUndefined();
  });

  it('is read from INFO, whatever Redis version a Valkey server claims', () => {
    const redis = '# Server\r\nredis_version:8.0.6\r\nredis_mode:standalone\r\n';
    expect(identityFromInfo(redis)).toEqual({ product: 'redis', version: '8.0.6' });
    const valkey =
      '# Server\r\nredis_version:7.2.4\r\nserver_name:valkey\r\nvalkey_version:9.1.2\r\nredis_mode:x\r\n';
    expect(identityFromInfo(valkey)).toEqual({ product: 'valkey', version: '9.1.2' });
    expect(identityFromInfo('# Server\r\n')).toBeUndefined();
  });

  it('orders versions', () => {
    expect(compareVersions('7.0.15', '7.2')).toBeLessThan(0);
    expect(compareVersions('7.10.0', '7.9.9')).toBeGreaterThan(0);
    expect(compareVersions('8.0', '8.0.0')).toBe(0);
    expect(compareVersions('8.0.0-rc1', '8.0.0')).toBe(0);
    expect(compareVersions('255.255.255', '9.1.2')).toBeGreaterThan(0);
    expect(hasSince({ product: 'valkey', version: '8.0.1' }, { redis: '7.4.0', valkey: '9.0.0' })).toBe(
      false,
    );
    expect(hasSince({ product: 'redis', version: '8.0.6' }, { redis: '7.4.0', valkey: null })).toBe(true);
    expect(hasSince({ product: 'valkey', version: '9.1.2' }, { redis: '7.4.0', valkey: null })).toBe(false);
  });
});
