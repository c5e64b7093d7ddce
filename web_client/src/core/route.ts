/** Which page a path asks for. Invitation links are `/j/{token}`; there is no other way in. */
export type Route = { kind: "invitation"; token: string } | { kind: "nowhere" };

const INVITATION = /^\/j\/([A-Za-z0-9_-]{8,200})\/?$/;

/** Reads a location's path. A malformed token is `nowhere`: the server is not asked about it. */
export function routeOf(path: string): Route {
  const token = INVITATION.exec(path)?.[1];
  return token ? { kind: "invitation", token } : { kind: "nowhere" };
}
