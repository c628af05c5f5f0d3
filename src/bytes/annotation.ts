/**
 * Names a span of bytes. Readers and writers collect annotations where a `TRACE:` label stands before a `note()`;
 * `npm run explain` works out what each span means from its name, its bytes and its neighbours. esbuild drops every
 * statement with that label from the device program (`dropLabels`), so annotations cost the board nothing.
 */
export interface Annotation {
  /** Offset of the first byte in the annotated array. */
  start: number;
  /** Offset behind the last byte. */
  end: number;
  /** The field's name in its RFC, such as `cipher_suite`. */
  name: string;
  /** Number of vectors, or elements of DER, that surround the span. */
  depth: number;
  /** The span is the length prefix of the vector called `name`. */
  isLength?: true;
}

/** Marks the annotation made last as a length prefix; call it behind a `TRACE:` label only. */
export function markLength(annotations: Annotation[] | null): void {
  if (annotations !== null && annotations.length > 0) annotations[annotations.length - 1].isLength = true;
}
