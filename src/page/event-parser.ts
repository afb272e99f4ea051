/**
 * Server-sent events out of text that comes in pieces. The browser's own EventSource cannot send a token, so the page
 * reads them by fetch. Pure.
 */

export interface ServerEvent {
  readonly event: string;
  readonly data: string;
}

export class EventParser {
  #text = '';

  /** Events that are whole with this piece. Comments, and fields that are not used here, are left out. */
  feed(piece: string): ServerEvent[] {
    this.#text += piece;
    const blocks = this.#text.split('\n\n');
    this.#text = blocks.pop()!;
    return blocks.map(parseBlock).filter((event) => event.data !== '');
  }
}

function parseBlock(block: string): ServerEvent {
  let event = 'message';
  const data: string[] = [];
  for (const line of block.split('\n')) {
    if (line.startsWith('event: ')) event = line.slice(7);
    else if (line.startsWith('data: ')) data.push(line.slice(6));
  }
  return { event, data: data.join('\n') };
}
