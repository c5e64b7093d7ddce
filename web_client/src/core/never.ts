/** Reached only if a union grew and a `switch` did not: a fault of this program, never of a person. */
export function assertNever(value: never): never {
  throw new Error(`not foreseen: ${JSON.stringify(value)}`);
}
