/** What is wrong with a configuration: one line each, all at once. Main thread. */
import { OperationalError, type OperationalErrorCode } from '../base/errors.ts';

export interface Problem {
  /** The setting, `shadow.sample`; '' for the file as a whole. */
  readonly path: string;
  /** Reads on after the path: `must be …`. Never contains a secret. */
  readonly message: string;
  /** Where it was written: `lockstep.yaml:12`, `LOCKSTEP_SHADOW_SAMPLE`, `--listen`. */
  readonly source?: string | undefined;
  /** config_invalid when absent. */
  readonly code?: OperationalErrorCode;
}

/** One line for people: `shadow.sample: must be a number between 0 and 1 (lockstep.yaml:12)`. */
export function formatProblem(problem: Problem): string {
  if (problem.path === '' && problem.source !== undefined) {
    return formatProblem({ ...problem, path: problem.source, source: undefined });
  }
  const path = problem.path === '' ? '' : `${problem.path}: `;
  const source = problem.source === undefined ? '' : ` (${problem.source})`;
  const code = problem.code === undefined || problem.code === 'config_invalid' ? '' : ` [${problem.code}]`;
  return `${path}${problem.message}${source}${code}`.replace(/\s*\n\s*/g, ' ');
}

/** Everything that is wrong with a configuration. `code` is that of the first problem, `message` all lines. */
export class ConfigError extends OperationalError {
  readonly problems: readonly Problem[];

  constructor(problems: readonly Problem[]) {
    super(problems[0]?.code ?? 'config_invalid', problems.map(formatProblem).join('\n'));
    this.name = 'ConfigError';
    this.problems = problems;
  }

  /** One line per problem. */
  get lines(): readonly string[] {
    return this.problems.map(formatProblem);
  }
}
