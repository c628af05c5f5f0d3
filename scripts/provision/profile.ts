/**
 * Finds out why a profile of AWS's configuration gives no credentials. The SDK tries every source in turn and only
 * says that none has any, as on a PC that was never set up.
 */
import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { Environment } from '../lib/console.ts';

/** @returns one line that says what is wrong and what to do; null if no profile was chosen or set up */
export function profileProblem(env: Environment): string | null {
  const chosen = env['AWS_PROFILE'] ?? env['AWS_DEFAULT_PROFILE'];
  const name = chosen ?? 'default';
  const home = env['HOME'] ?? env['USERPROFILE'] ?? homedir();
  const files = [
    env['AWS_CONFIG_FILE'] ?? join(home, '.aws', 'config'),
    env['AWS_SHARED_CREDENTIALS_FILE'] ?? join(home, '.aws', 'credentials'),
  ];
  const sections = files.map((file) => sectionsOf(file).get(name)).filter((section) => section !== undefined);
  if (sections.length === 0) {
    if (chosen === undefined) return null;
    return `AWS_PROFILE is ${name}, and neither ${files.join(' nor ')} has a profile of that name`;
  }
  const fields = new Map(sections.flatMap((section) => [...section]));
  if (fields.has('credential_process')) {
    return `the credential_process of the AWS profile ${name} gives no credentials; run its command by hand to see why`;
  }
  if ([...fields.keys()].some((field) => field.startsWith('sso_'))) {
    return `the AWS profile ${name} is not signed in: aws sso login --profile ${name}`;
  }
  if (chosen === undefined && !fields.has('role_arn')) return null;
  return `the AWS profile ${name} gives no credentials; aws sts get-caller-identity --profile ${name} says why`;
}

/** The fields of each profile in a configuration file of AWS's; none if it cannot be read. */
function sectionsOf(file: string): Map<string, Map<string, string>> {
  const sections = new Map<string, Map<string, string>>();
  let fields: Map<string, string> | undefined;
  for (const line of linesOf(file)) {
    const heading = /^\s*\[\s*(?:profile\s+)?["']?([^"'\]]+?)["']?\s*\]/.exec(line);
    if (heading !== null) {
      fields = sections.get(heading[1]) ?? new Map<string, string>();
      sections.set(heading[1], fields);
    }
    const field = /^\s*([\w-]+)\s*=\s*(.*?)\s*$/.exec(line);
    if (field !== null) fields?.set(field[1], field[2]);
  }
  return sections;
}

function linesOf(file: string): string[] {
  try {
    return readFileSync(file, 'utf8').split('\n');
  } catch {
    return [];
  }
}
