/** What a bundle's bag-info.txt says: nothing but what the newest seal proves, so that it can't say anything else. */

import { isInteger, type JsonObject } from "./canonical";

const KEY = /^v1\/([^/]+)\/[0-9]{4}\/[0-9]{2}\/([^/]+)\/([^\n]+)$/u;

export interface KeyParts {
  readonly tenant: string;
  readonly survey: string;
  /** Where the object lies below data/. */
  readonly path: string;
}

/** The parts of a stored object's key; null for what is no such key. */
export function splitKey(key: string): KeyParts | null {
  const match = KEY.exec(key);
  return match && { tenant: match[1] as string, survey: match[2] as string, path: match[3] as string };
}

/** The bag's top folder. */
export function bagName(survey: string): string {
  return `takan-${survey}`;
}

/** The lines of bag-info.txt before Payload-Oxum; null when the key or the manifest is not a seal's. */
export function bagInformation(key: string, seal: JsonObject): string[] | null {
  const parts = splitKey(key);
  const { survey, case_no: caseNo, number, kind } = seal;
  if (!parts || typeof survey !== "string" || typeof caseNo !== "string" || !isInteger(number) || typeof kind !== "string") return null;
  return [
    `Source-Organization: Takan node, tenant ${parts.tenant}`,
    `External-Identifier: ${survey}`,
    `External-Description: Remote site survey ${caseNo}, up to seal ${number} (${kind})`,
  ];
}
