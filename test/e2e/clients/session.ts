/** What a client library must offer to be put through its paces: a connection, and chapters of typical use. */

export interface SessionTarget {
  readonly port: number;
  /** Closes every connection the server has, whoever made it. */
  readonly dropClients: () => Promise<void>;
}

export interface Chapter<Client> {
  readonly name: string;
  readonly run: (client: Client, target: SessionTarget) => Promise<void>;
}

export interface ClientSession<Client> {
  readonly name: string;
  readonly connect: (target: SessionTarget, protocol: 2 | 3) => Promise<Client>;
  readonly close: (client: Client) => Promise<void>;
  readonly chapters: readonly Chapter<Client>[];
}

/** A session whose client's type is nobody else's business. */
export interface PlayableSession {
  readonly name: string;
  readonly chapters: readonly {
    readonly name: string;
    /** Connects, runs the chapter, disconnects whatever happens. */
    readonly play: (target: SessionTarget, protocol: 2 | 3) => Promise<void>;
  }[];
}

export function playable<Client>(session: ClientSession<Client>): PlayableSession {
  const chapters = session.chapters.map((chapter) => ({
    name: chapter.name,
    play: async (target: SessionTarget, protocol: 2 | 3) => {
      const client = await session.connect(target, protocol);
      try {
        await chapter.run(client, target);
      } finally {
        await session.close(client);
      }
    },
  }));
  return { name: session.name, chapters };
}
