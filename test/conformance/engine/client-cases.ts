/** CLIENT LIST, INFO and KILL: which fields, filters and errors each release has. */
import { type ConformanceCase, commandsCase } from '../transcript.ts';

export const clientEngineCases: readonly ConformanceCase[] = [
  {
    name: 'CLIENT TRACKING: keys of scripts',
    play: async (t) => {
      const [reader, writer] = [await t.connect('reader'), await t.connect('writer')];
      await reader.client.hello3();
      await reader.call('CLIENT', 'TRACKING', 'ON');
      const keys = ['{t}a', '{t}b', '{t}c'];
      await reader.call('EVAL', "return redis.call('SET', KEYS[1], 1)", 3, ...keys);
      await writer.calls(['SET {t}a 1', 'SET {t}b 1', 'SET {t}c 1']);
      await reader.call('EVAL', "return redis.call('GET', KEYS[3])", 3, ...keys);
      await writer.calls(['SET {t}a 2', 'SET {t}b 2', 'SET {t}c 2']);
      for (let text = ''; !text.includes('{t}c'); ) {
        text = JSON.stringify(await reader.client.readPush());
        reader.write(`push ${text}`);
      }
      await reader.calls(['PING', 'CLIENT TRACKING OFF']);
    },
  },
  commandsCase('CLIENT: errors of LIST', [
    'CLIENT',
    'CLIENT BOGUS',
    'CLIENT LIST X',
    'CLIENT LIST TYPE',
    'CLIENT LIST TYPE bogus',
    'CLIENT LIST TYPE PRIMARY x',
    'CLIENT LIST ID',
    'CLIENT LIST ID x',
    'CLIENT LIST ID 0',
    'CLIENT LIST ID 99999 98',
    'CLIENT LIST TYPE pubsub',
    'CLIENT LIST TYPE replica',
    'CLIENT LIST USER bogus',
    'CLIENT LIST USER',
    'CLIENT LIST ADDR x',
    'CLIENT LIST SKIPME x',
    'CLIENT LIST MAXAGE x',
    'CLIENT LIST MAXAGE 0',
    'CLIENT LIST MAXAGE 1000',
    'CLIENT LIST DB x',
    'CLIENT LIST DB 99',
    'CLIENT LIST IDLE -1',
    'CLIENT LIST IDLE 1000',
    'CLIENT LIST FLAGS ?',
    'CLIENT LIST FLAGS x',
    'CLIENT LIST CAPA x',
    'CLIENT LIST IP x',
    'CLIENT LIST NAME x',
    'CLIENT LIST NOT-ID x',
    'CLIENT LIST NOT-TYPE x',
    'CLIENT LIST LIB-NAME x',
  ]),
  commandsCase('CLIENT: errors of KILL', [
    'CLIENT KILL',
    'CLIENT KILL x',
    'CLIENT KILL ID',
    'CLIENT KILL ID x',
    'CLIENT KILL ID 0',
    'CLIENT KILL ID 12345',
    'CLIENT KILL TYPE bogus',
    'CLIENT KILL TYPE pubsub',
    'CLIENT KILL USER bogus',
    'CLIENT KILL ADDR x',
    'CLIENT KILL LADDR x',
    'CLIENT KILL SKIPME x',
    'CLIENT KILL MAXAGE x',
    'CLIENT KILL MAXAGE 0 X 1',
    'CLIENT KILL MAXAGE 100000',
    'CLIENT KILL DB 99',
    'CLIENT KILL IDLE x',
    'CLIENT KILL FLAGS Y',
    'CLIENT KILL FOO bar',
  ]),
  {
    ...commandsCase('CLIENT: modes', [
      'CLIENT NO-EVICT x',
      'CLIENT NO-EVICT on',
      'CLIENT NO-TOUCH x',
      'CLIENT NO-TOUCH on',
      'CLIENT CAPA x',
      'CLIENT CAPA redirect',
      'CLIENT CAPA',
      'CLIENT IMPORT-SOURCE on',
      'CLIENT IMPORT-SOURCE x',
      'CLIENT NO-EVICT off',
      'CLIENT NO-TOUCH off',
    ]),
  },
  {
    name: 'CLIENT: fields of a line',
    play: async (t) => {
      const peer = await t.connect();
      await peer.calls(['CLIENT SETNAME x', 'SELECT 3', 'CLIENT NO-EVICT on', 'CLIENT INFO', 'WATCH a b']);
      await peer.calls([
        'CLIENT SETINFO lib-name l',
        'CLIENT SETINFO lib-ver 1',
        'MULTI',
        'CLIENT INFO',
        'EXEC',
      ]);
      await peer.calls(['HELLO 3', 'CLIENT INFO', 'RESET', 'CLIENT INFO']);
    },
  },
];
