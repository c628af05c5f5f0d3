/** Describes a config without its values: the fields, and the type of each value. */

/** Fields whose values say how a board is set up, and nothing about its owner. */
const SHOWN = /^(endpoint\.(port|alpn|keepAliveSeconds)|sensor\..*|telemetry\.intervalSeconds|tls\.anchors\.\d+=aws)$/;

/** A line for each field, `endpoint.host: text of 12 characters`. @param value JSON that a person wrote */
export function shapeOf(value: unknown, path = ''): string[] {
  if (typeof value === 'object' && value !== null) {
    return Object.entries(value).flatMap(([name, field]) => shapeOf(field, path === '' ? name : `${path}.${name}`));
  }
  const isShown = SHOWN.test(path) || SHOWN.test(`${path}=${String(value)}`);
  if (isShown || typeof value === 'boolean' || value === null) return [`${path}: ${JSON.stringify(value)}`];
  if (typeof value !== 'string') return [`${path}: a ${typeof value}`];
  const blanks = value.trim() === value ? '' : ', blanks at its beginning or end';
  const odd = /^[ -~]*$/.test(value) ? '' : ', not only ASCII';
  return [`${path}: text of ${value.length} characters${blanks}${odd}`];
}
