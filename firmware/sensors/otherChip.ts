import type { Lookup } from '../settings.ts';

/** Describes a chip that was found in a sensor's place. @param types names of chips that the config has a type for */
export function otherChip(name: string, types: Lookup['types']): string {
  const found = types.find(([chip]) => chip === name);
  return `this is ${withArticle(name)}${found === undefined ? '' : `; set the sensor's type to ${found[1]}`}`;
}

/** `an LM75`, `a TMP102`: depends on how the name of the first letter is spoken. */
export function withArticle(name: string): string {
  return `${/^[AFHLMNRSX]/.test(name) ? 'an' : 'a'} ${name}`;
}
