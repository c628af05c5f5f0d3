declare module 'bench:primitive' {
  export const primitive: import('./primitives.ts').Primitive;
}
