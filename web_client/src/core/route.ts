/** Which page a path asks for. Invitation links are `/j/{token}`; anybody may check an errand, `/errand`. */
export type Route = { kind: "invitation"; token: string } | { kind: "errand" } | { kind: "nowhere" };

const INVITATION = /^\/j\/([A-Za-z0-9_-]{8,200})\/?$/;

/** Reads a location's path. A malformed token is `nowhere`: the server is not asked about it. */
export function routeOf(path: string): Route {
  if (path === "/errand" || path === "/errand/") return { kind: "errand" };
  const token = INVITATION.exec(path)?.[1];
  return token ? { kind: "invitation", token } : { kind: "nowhere" };
}
