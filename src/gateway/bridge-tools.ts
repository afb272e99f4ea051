/** What the bridges of one worker share, see `bridge.ts`. Worker thread. */
import { ReplyConverter } from '../resp/convert-reply.ts';
import { FrameWriter } from '../resp/encode.ts';

export class BridgeTools {
  /** What has been converted; passed on before the next piece is. */
  readonly out = new FrameWriter();
  /** For replies that come in one piece. */
  readonly converter = new ReplyConverter(this.out);
}
