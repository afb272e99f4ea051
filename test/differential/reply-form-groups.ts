/** What the conversations of `reply-form-data.ts` and `reply-form-server.ts` are. */
export interface ReplyFormGroup {
  readonly name: string;
  readonly commands: string;
  /** Arguments for the server; the usual ones when absent. */
  readonly server?: 'cluster';
}

/** The commands of a group, each as its words. */
export function commandsOf({ commands }: ReplyFormGroup): readonly (readonly string[])[] {
  return commands.split(/ ;\s/).map((line) => words(line.trim()));
}

/** In quoted words, `\"` is a quote and `\n` a line end. */
function words(line: string): string[] {
  const found = line.matchAll(/"((?:[^"\\]|\\.)*)"|(\S+)/g);
  return [...found].map(([, quoted, plain]) =>
    quoted === undefined
      ? String(plain)
      : quoted.replace(/\\(.)/g, (_, char) => (char === 'n' ? '\n' : char)),
  );
}
