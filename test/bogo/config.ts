/**
 * The parts of test/bogo/config.json that BoringSSL's runner reads (ShimConfiguration in its runner.go), and our
 * additions.
 */
import { readFileSync } from 'node:fs';

export const CONFIG_FILE = 'test/bogo/config.json';

export interface BogoConfig {
  /** Patterns of tests that are not run, with the reason. */
  DisabledTests: Record<string, string>;
  /** Flags that the shim does not know, with the reason: a test that uses one is not run. */
  UnimplementedFlags: Record<string, string>;
  /** The text that the shim prints for an error of BoringSSL's. */
  ErrorMap: Record<string, string>;
  /** The curves that tests for all curves use. */
  AllCurves: number[];
}

export function readConfig(): BogoConfig {
  return JSON.parse(readFileSync(CONFIG_FILE, 'utf8')) as BogoConfig;
}

/** Whether a pattern of Go's filepath.Match, in which we use `*` and `?` only, fits all of a name. */
export function matches(pattern: string, name: string): boolean {
  const source = pattern
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '[^/]*')
    .replaceAll('?', '[^/]');
  return new RegExp(`^${source}$`).test(name);
}
