/** The statements of one or several modules in the flat bundle. */
export interface Section {
  path: string;
  text: string;
  /** Paths of the modules in it. */
  members: Set<string>;
  /** Names that are declared at its top level. */
  declared: Set<string>;
  /** All names of variables in it, including local ones. */
  mentioned: Set<string>;
  /** The names in `declared` that are functions. */
  functions: Set<string>;
  /** Names that it assigns to. */
  assigned: Set<string>;
  /** Literal names of properties in it. */
  properties: Set<string>;
  /** Whether its property names are data too. */
  namesAreData: boolean;
  imports: string[];
  exports: string[];
}
