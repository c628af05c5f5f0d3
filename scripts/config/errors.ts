import { UserError } from '../lib/cli.ts';

/**
 * Thrown if a config, or a file that it names, cannot be used. The message names the file and the field, and says what was found
 * and what is wanted.
 */
export class ConfigError extends UserError {
  readonly file: string;
  /** Path of the field as in the config, such as `endpoint.host`; null if the whole file is meant. */
  readonly field: string | null;
  /** The found value and the wanted one, in words, for callers that name the field in their own way. */
  readonly problem: string;

  constructor(file: string, field: string | null, problem: string) {
    super(field === null ? `${file}: ${problem}` : `${file}: ${field}: ${problem}`);
    this.name = 'ConfigError';
    this.file = file;
    this.field = field;
    this.problem = problem;
  }
}
