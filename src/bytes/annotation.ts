/**
 * What a span of bytes means. Readers and writers collect annotations where a `TRACE:` label stands before a
 * `note()`; `npm run explain` prints them. esbuild drops every statement so labelled from the device program
 * (`dropLabels`), so on the board they cost nothing.
 */
export interface Annotation {
  /** Offset of the first byte in the annotated array. */
  start: number;
  /** Offset behind the last byte. */
  end: number;
  /** Field name as the RFC has it, such as `cipher_suite`. */
  name: string;
  /** What the value says, such as `TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256`, with the RFC section; may be empty. */
  meaning: string;
  /** How many vectors the span stands in. */
  depth: number;
}
