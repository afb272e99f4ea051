/**
 * One client connection of the engine: reads commands, has them executed at once, and sends all replies of a batch in
 * one write. Worker thread. It must not know what commands mean.
 */

import { ALLOWED } from '../acl/denial.ts';
import { copyOf } from '../base/bytes.ts';
import { MODE_MULTI, MODE_RESTRICTED, MODE_UNAUTHENTICATED } from '../commands/client-state.ts';
import { BIT_OPTIONS } from '../commands/table.ts';
import type { ClientOutput, ConnectionFacts, EngineClient } from '../engine/client.ts';
import { clientBytes } from '../engine/client-lines.ts';
import {
  COUNT_BYTES_IN,
  COUNT_BYTES_OUT,
  COUNT_LONG_COMMANDS,
  COUNT_READS,
  COUNT_SLOW_CLIENTS,
  COUNT_WRITES,
} from '../engine/statistics.ts';
import { CommandReader, SCAN_COMPLETE, SCAN_ERROR } from '../resp/scan-command.ts';
import { type ClientDropReason, RESULT_ERROR, RESULT_OK } from '../telemetry/metrics.ts';
import type { ConnectionHandler, ConnectionId, PeerNames } from '../transport/transport.ts';
import { OutputWatch, slowReaderText } from './client-output.ts';
import type { EngineHost } from './engine-host.ts';
import type { Face } from './face.ts';

/** While a client waits, reading stops when so much of its input does. */
const PAUSE_READING_BYTES = 1024 * 1024;
const LINGER_MS = 5000;
/** What is shorter is one command as a rule. */
const LOOK_AHEAD_BYTES = 128;
/** Replies of a batch leave when they are so many. */
const FLUSH_BYTES = 256 * 1024;

export class EngineSession implements ConnectionHandler, ClientOutput {
  readonly client: EngineClient;
  readonly #host: EngineHost;
  readonly #connection: ConnectionId;
  readonly #reader: CommandReader;
  readonly #output = new OutputWatch();
  #peer: PeerNames | undefined = undefined;
  #bytesIn = 0;
  #bytesOut = 0;
  #isClosed = false;
  /** The client sends no more. */
  #inputEnded = false;
  #readingPaused = false;
  /** Waits until other workers have taken what they were sent. */
  #isHeld = false;
  /** Its script is busy, or has just been; what has come since. */
  isAside = false;
  readonly #aside: Uint8Array[] = [];
  #endedAside = false;

  /** Undefined: a plain server. */
  readonly #face: Face | undefined;

  constructor(host: EngineHost, connection: ConnectionId, face?: Face) {
    this.#host = host;
    this.#face = face;
    this.#connection = connection;
    this.#reader = new CommandReader(host.limits.request);
    this.client = host.engine.connect(this);
    if (face?.mode === 'cluster') this.client.isInCluster = true;
  }

  connected(): void {}

  data(_connection: ConnectionId, bytes: Uint8Array, start: number, end: number): void {
    const { client } = this;
    const { services } = this.#host;
    if (this.isAside) {
      this.#aside.push(copyOf(bytes, start, end));
      return;
    }
    services.metrics.addClientBytes(0, end - start);
    this.#bytesIn += end - start;
    const { cells } = this.#host.engine.statistics;
    cells[COUNT_READS] += 1;
    cells[COUNT_BYTES_IN] += end - start;
    if (client.closing) return;
    client.lastActiveMs = services.clock.nowMs;
    this.#host.limits.refresh();
    const { ahead } = this.#host.engine.context;
    if (end - start > LOOK_AHEAD_BYTES) ahead.begin(bytes, start, end, client.database);
    else ahead.end();
    this.#reader.feed(bytes, start, end);
    this.drive();
    this.#reader.release();
    ahead.end();
    const waiting = this.#reader.bufferedBytes;
    if (waiting <= PAUSE_READING_BYTES || !(client.isWaiting || this.#isHeld)) return;
    if (waiting > this.#host.limits.request.maxQueryBytes) this.#killOverQuery();
    else {
      this.#readingPaused = true;
      services.transport.pauseReading(this.#connection);
    }
  }

  /** What was sent before is still worked on, and the replies may still be read; one that waits is gone. */
  ended(): void {
    if (this.isAside) {
      this.#endedAside = true;
      return;
    }
    this.#inputEnded = true;
    if (this.client.isListening || this.client.isWaiting) this.close();
    else this.drive();
  }

  drained(): void {
    this.#output.end();
  }

  /** Regularly: time passes for the soft limit also where nothing is written. */
  tick(): void {
    if (this.#output.isOn) this.#lookAtOutput();
  }

  closed(): void {
    this.#isClosed = true;
    if (this.isAside) return;
    this.#reader.reset();
    this.#host.sessionClosed(this);
  }

  /** Its script is busy: what it sends waits where it is, or here. Cold. */
  setAside(): void {
    this.isAside = true;
    if (!this.#readingPaused) this.#host.services.transport.pauseReading(this.#connection);
  }

  /** The script has ended. Cold. */
  takeBack(): void {
    this.isAside = false;
    const isClosed = this.#isClosed;
    if (!this.#readingPaused && !isClosed) this.#host.services.transport.resumeReading(this.#connection);
    for (const bytes of this.#aside.splice(0)) this.data(this.#connection, bytes, 0, bytes.length);
    if (this.#endedAside) this.ended();
    if (isClosed) this.closed();
  }

  /** Executes what has come, until there is no more or the client has to wait. */
  drive(): void {
    const host = this.#host;
    if (host.current !== undefined) {
      host.driveLater(this);
      return;
    }
    const { client } = this;
    const { engine, scanner, services } = host;
    const { writer, mailbox } = engine;
    mailbox.receive();
    host.current = this;
    let status = SCAN_COMPLETE;
    while (!client.isWaiting && !client.closing && !this.#isHeld) {
      if (mailbox.isFull) {
        this.#isHeld = true;
        host.hold(this);
        break;
      }
      status = this.#reader.next(scanner);
      if (status !== SCAN_COMPLETE) break;
      if (this.#face === undefined || !this.#answers(this.#face)) engine.execute(client, scanner);
      const { lastCommand: id } = client;
      if (id >= 0 && (services.table.bits[id] & BIT_OPTIONS) !== 0)
        services.table.options.count(id, scanner, services.metrics);
      const result = engine.context.failed ? RESULT_ERROR : RESULT_OK;
      services.metrics.countCommand(id, 0, result);
      if (writer.length > FLUSH_BYTES) this.#flush();
    }
    if (status === SCAN_ERROR) this.#protocolError();
    engine.settle();
    this.#flush();
    host.current = undefined;
    const mustWait = client.isWaiting || this.#isHeld;
    if (client.closing || (this.#inputEnded && !mustWait)) this.close();
    else if (this.#readingPaused && !mustWait) {
      this.#readingPaused = false;
      services.transport.resumeReading(this.#connection);
    }
  }

  /** A question about the cluster that is shown. Who may not ask is told so by the engine. */
  #answers(face: Face): boolean {
    const { scanner, engine, services } = this.#host;
    const { client } = this;
    if ((client.mode & (MODE_UNAUTHENTICATED | MODE_MULTI)) !== 0) return false;
    const id = services.table.lookup(scanner.bytes, scanner.spans, scanner.count);
    if (id < 0 || face.plans[id] === undefined) return false;
    const isRestricted = (client.mode & MODE_RESTRICTED) !== 0;
    if (isRestricted && engine.access.check(client, id, scanner) !== ALLOWED) return false;
    const { local } = services.transport.peer(this.#connection);
    client.lastCommand = id;
    return face.answer(id, scanner, client.resp, local, engine.writer);
  }

  /** Bytes that are not the reply being written. While it is being written they go before it. */
  emit(bytes: Uint8Array, start: number, end: number): void {
    if (this.#host.current === this) this.#host.engine.writer.raw(bytes, start, end);
    else this.#send(bytes, start, end);
  }

  proceed(): void {
    if (!this.#isClosed) this.drive();
  }

  /** After it was held. */
  goOn(): void {
    this.#isHeld = false;
    if (!this.#isClosed) this.drive();
  }

  /** Cold: for administration. */
  facts(): ConnectionFacts {
    const { transport } = this.#host.services;
    // It has no names any more when it is closed.
    this.#peer ??= transport.peer(this.#connection);
    const { remote, local } = this.#peer;
    return {
      address: remote.replace(/^unix:/, ''),
      localAddress: local.replace(/^unix:/, ''),
      isUnix: local.startsWith('unix:'),
      descriptor: this.#connection,
      queryBytes: this.#reader.bufferedBytes,
      outputBytes: transport.pendingBytes(this.#connection),
      isReading: !this.#readingPaused,
      bytesIn: this.#bytesIn,
      bytesOut: this.#bytesOut,
    };
  }

  /** Cold: once a second. What the client takes, as CLIENT LIST shows it. */
  usedBytes(): number {
    const { transport } = this.#host.services;
    return clientBytes(this.client, this.#reader.bufferedBytes, transport.pendingBytes(this.#connection));
  }

  /** Sends what is pending and closes. */
  close(): void {
    if (this.#isClosed) return;
    this.client.closing = true;
    this.#host.services.transport.close(this.#connection, LINGER_MS);
  }

  /** Closes at once and drops what has not been sent. */
  kill(reason: ClientDropReason): void {
    if (!this.client.closing) this.#host.services.metrics.countDroppedClient(reason);
    this.client.closing = true;
    this.#host.services.transport.close(this.#connection, 0);
  }

  drain(): void {
    if (!this.client.isWaiting) this.close();
  }

  /** What the client is being given just now must not be lost: it leaves when it has that. */
  stopWaiting(): void {
    const { client } = this;
    if (client.wait === undefined || this.#host.engine.blocking.cancel(client)) this.close();
  }

  #killOverQuery(): void {
    this.#host.engine.statistics.cells[COUNT_LONG_COMMANDS] += 1;
    this.kill('query_buffer');
  }

  #protocolError(): void {
    const { scanner, engine, services } = this.#host;
    if (scanner.error !== '') engine.writer.error(scanner.error);
    else {
      engine.statistics.cells[COUNT_LONG_COMMANDS] += 1;
      services.metrics.countDroppedClient('query_buffer');
    }
    this.client.closing = true;
  }

  #flush(): void {
    const { writer } = this.#host.engine;
    if (writer.length === 0) return;
    this.#send(writer.bytes, 0, writer.length);
    writer.reset();
  }

  #send(bytes: Uint8Array, start: number, end: number): void {
    if (this.#isClosed) return;
    const { services, limits } = this.#host;
    services.transport.write(this.#connection, bytes, start, end);
    services.metrics.addClientBytes(1, end - start);
    this.#bytesOut += end - start;
    const { cells } = this.#host.engine.statistics;
    cells[COUNT_WRITES] += 1;
    cells[COUNT_BYTES_OUT] += end - start;
    if (services.transport.pendingBytes(this.#connection) > limits.outputWatchBytes) this.#lookAtOutput();
    else this.#output.end();
  }

  #lookAtOutput(): void {
    const { services, limits } = this.#host;
    const { transport, clock } = services;
    // Of what this batch has written the kernel may take all.
    transport.flush();
    const waiting = transport.pendingBytes(this.#connection);
    const passed = this.#output.passed(waiting, this.client.isListening, limits.output, clock.monotonicMs);
    if (passed === '') return;
    services.log('warn', slowReaderText(passed));
    this.#host.engine.statistics.cells[COUNT_SLOW_CLIENTS] += 1;
    this.kill('output_buffer');
  }
}
