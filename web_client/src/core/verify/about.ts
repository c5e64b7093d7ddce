/**
 * What a verified record is about, read from its seals for people.
 *
 * The verifier proves that these words are the sealed ones, not that they have this shape: what is not there, or of
 * another shape, is left out. The same for `takan verify`: survey_server/survey/about_record.py.
 */

import type { Text } from "../wire.gen";
import { isObject, type Json, type JsonObject } from "./canonical";
import type { Seal } from "./record";

export interface Person {
  readonly name: string;
  readonly role: string;
  /** When the person consented to the recording, was first there and last left (ISO 8601); empty if not at all. */
  readonly consented: string;
  readonly joined: string;
  readonly left: string;
}

export interface Coverage {
  readonly person: string;
  readonly kind: string;
  /** Percent recorded of the time in which the person was there and had not switched it off. */
  readonly percent: number;
  readonly gaps: number;
  readonly gapSeconds: number;
}

export interface About {
  readonly caseNo: string;
  readonly subject: string;
  readonly item: Text | null;
  readonly address: string;
  readonly site: { readonly lat: number; readonly lon: number; readonly radius: number; readonly datum: string } | null;
  readonly began: string;
  readonly ended: string;
  readonly people: readonly Person[];
  readonly seals: readonly { readonly number: number; readonly kind: string; readonly at: string; readonly objects: number }[];
  readonly photos: Received;
  readonly videos: Received;
  readonly coverage: readonly Coverage[];
  readonly conclusion: string;
  readonly signatures: readonly Signature[];
}

/** Photos or videos, and how many have which verdict: accepted, needs_review, rejected; one without counts nowhere. */
export interface Received {
  readonly count: number;
  readonly verdicts: ReadonlyMap<string, number>;
}

/** What a reviewer signed, and when (ISO 8601). */
export interface Signature {
  readonly person: string;
  readonly department: Text | null;
  readonly result: string;
  readonly reason: string;
  readonly at: string;
}

/** From the seals in their order, of which there is at least one. */
export function about(seals: readonly Seal[]): About | null {
  const newest = seals.at(-1)?.manifest;
  if (!newest) return null;
  const site = object(newest["site"]);
  const recording = object(newest["recording"]);
  const people = objects(newest["people"]);
  const byId = new Map(people.map((person) => [text(person["id"]), person]));
  const named = (id: Json | undefined): JsonObject => byId.get(text(id)) ?? {};
  return {
    caseNo: text(newest["case_no"]),
    subject: text(object(newest["subject"])["name"]),
    item: words(object(newest["item"])["name"]),
    address: text(site["address"]),
    site: typeof site["lat"] === "number" && typeof site["lon"] === "number" ? { lat: site["lat"], lon: site["lon"], radius: number(site["radius_m"]), datum: text(site["datum"]) } : null,
    began: text(recording["started_at"]),
    ended: text(recording["ended_at"]),
    people: people.map(personOf),
    seals: seals.map((seal) => ({ number: seal.number, kind: seal.kind, at: text(seal.manifest["sealed_at"]), objects: list(seal.manifest["objects"]).length })),
    photos: receivedOf(objects(newest["photos"])),
    videos: receivedOf(objects(newest["videos"])),
    coverage: objects(recording["lanes"]).flatMap((lane) => objects(lane["tracks"]).map((track) => coverageOf(text(named(lane["participant"])["name"]), track))),
    conclusion: text(newest["conclusion"]),
    signatures: objects(newest["signatures"]).map((signature) => signatureOf(named(signature["participant"]), signature)),
  };
}

function receivedOf(received: readonly JsonObject[]): Received {
  const verdicts = new Map<string, number>();
  for (const one of received) {
    const result = text(object(one["verdict"])["result"]);
    if (result) verdicts.set(result, (verdicts.get(result) ?? 0) + 1);
  }
  return { count: received.length, verdicts };
}

function signatureOf(person: JsonObject, signature: JsonObject): Signature {
  return {
    person: text(person["name"]),
    department: words(person["department"]),
    result: text(signature["result"]),
    reason: text(signature["reason"]),
    at: text(signature["at"]),
  };
}

function personOf(person: JsonObject): Person {
  const presence = objects(person["presence"]);
  const at = (event: string): string[] => presence.filter((one) => one["event"] === event).map((one) => text(one["at"]));
  return {
    name: text(person["name"]),
    role: text(person["role"]),
    consented: text(object(person["consent"])["at"]),
    joined: at("joined")[0] ?? "",
    left: at("left").at(-1) ?? "",
  };
}

function coverageOf(person: string, track: JsonObject): Coverage {
  const gaps = objects(track["gaps"]);
  const gapSeconds = gaps.reduce((sum, gap) => sum + number(gap["end_s"]) - number(gap["start_s"]), 0);
  return { person, kind: text(track["kind"]), percent: number(track["coverage"]), gaps: gaps.length, gapSeconds };
}

function list(value: Json | undefined): readonly Json[] {
  return Array.isArray(value) ? (value as readonly Json[]) : [];
}

function objects(value: Json | undefined): JsonObject[] {
  return list(value).filter(isObject);
}

function object(value: Json | undefined): JsonObject {
  return isObject(value) ? value : {};
}

function text(value: Json | undefined): string {
  return typeof value === "string" ? value : "";
}

function number(value: Json | undefined): number {
  return typeof value === "number" ? value : 0;
}

function words(value: Json | undefined): Text | null {
  const { zh, en } = object(value);
  return typeof zh === "string" && typeof en === "string" ? { zh, en } : null;
}
