import { UserError } from '../lib/cli.ts';

/** A board config, or a file it names, that cannot be used: which file, which field, what was found, what is wanted. */
export class ConfigError extends UserError {
  readonly file: string;
  /** Path of the field as a person writes it, such as `endpoint.host`; null if the file as a whole is meant. */
  readonly field: string | null;
  /** What was found and what is wanted, for who names the field otherwise. */
  readonly problem: string;

  constructor(file: string, field: string | null, problem: string) {
    super(field === null ? `${file}: ${problem}` : `${file}: ${field}: ${problem}`);
    this.name = 'ConfigError';
    this.file = file;
    this.field = field;
    this.problem = problem;
  }
}
