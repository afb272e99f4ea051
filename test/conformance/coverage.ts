/** What the suite has shown of each command: in which modes, on which stages, and whether it ever succeeded. */
import type { ModeName } from './modes.ts';
import type { StageName } from './stages.ts';

export interface Evidence {
  /** Replies that were the server's own. */
  equal: number;
  /** Of those, replies that were no errors. */
  succeeded: number;
  /** Ids of declared differences that were met. */
  readonly differences: Set<string>;
}

export class Coverage {
  readonly #byCommand = new Map<string, Map<string, Evidence>>();

  note(
    command: string,
    mode: ModeName,
    stage: string,
    difference: string | undefined,
    success: boolean,
  ): void {
    const evidence = this.#open(command, mode, stage);
    if (difference !== undefined) evidence.differences.add(difference);
    else {
      evidence.equal += 1;
      if (success) evidence.succeeded += 1;
    }
  }

  get commands(): ReadonlySet<string> {
    return new Set(this.#byCommand.keys());
  }

  /** Sums over what is not given. */
  of(command: string, mode?: ModeName, stage?: StageName): Evidence {
    const sum: Evidence = { equal: 0, succeeded: 0, differences: new Set() };
    for (const [key, evidence] of this.#byCommand.get(command) ?? []) {
      const [itsMode, itsStage] = key.split('/');
      if ((mode !== undefined && itsMode !== mode) || (stage !== undefined && itsStage !== stage)) continue;
      sum.equal += evidence.equal;
      sum.succeeded += evidence.succeeded;
      for (const id of evidence.differences) sum.differences.add(id);
    }
    return sum;
  }

  /** Adds what another server's run has shown. */
  add(other: Coverage): void {
    for (const [command, places] of other.#byCommand) {
      for (const [key, evidence] of places) {
        const [mode, stage] = key.split('/');
        const sum = this.#open(command, mode as ModeName, stage ?? '');
        sum.equal += evidence.equal;
        sum.succeeded += evidence.succeeded;
        for (const id of evidence.differences) sum.differences.add(id);
      }
    }
  }

  #open(command: string, mode: ModeName, stage: string): Evidence {
    const places = this.#byCommand.get(command) ?? new Map<string, Evidence>();
    this.#byCommand.set(command, places);
    const key = `${mode}/${stage}`;
    const evidence = places.get(key) ?? { equal: 0, succeeded: 0, differences: new Set<string>() };
    places.set(key, evidence);
    return evidence;
  }
}
