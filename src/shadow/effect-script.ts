/**
 * Collects the commands of an effect, with what the shadow should reply to each. Worker thread. Reused: one effect at
 * a time.
 */
import type { EffectOutput, Expectation } from '../commands/definition.ts';
import { FrameWriter } from '../resp/encode.ts';

export class EffectScript implements EffectOutput {
  readonly writer = new FrameWriter();
  expectations: Expectation[] = [];
  /** Offset in the writer at which each command begins. */
  starts: number[] = [];

  get count(): number {
    return this.starts.length;
  }

  reset(): void {
    this.writer.reset();
    this.expectations = [];
    this.starts = [];
  }

  command(argumentCount: number, expectation: Expectation): FrameWriter {
    this.begin(expectation);
    this.writer.array(argumentCount);
    return this.writer;
  }

  /** Starts one command; the whole frame must be written to `writer`. */
  begin(expectation: Expectation): void {
    this.starts.push(this.writer.length);
    this.expectations.push(expectation);
  }

  /** Takes a command as it was sent. */
  verbatim(bytes: Uint8Array, start: number, end: number, expectation: Expectation): void {
    this.begin(expectation);
    this.writer.raw(bytes, start, end);
  }

  /** End of command `index`, excluded. */
  end(index: number): number {
    return index + 1 < this.starts.length ? this.starts[index + 1] : this.writer.length;
  }
}
