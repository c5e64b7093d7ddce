import { cleanup, screen } from "@testing-library/preact";
import { afterEach, describe, expect, it, vi } from "vitest";
import { earlierPhotos, restrictedMatches } from "../src/core/earlier_photos";
import type { Finding } from "../src/core/wire.gen";
import { Photos } from "../src/screens/desk/Photos";
import { app, photo, show, survey } from "./support";

afterEach(cleanup);

const match = { survey: "20260701-abcd", photo: "003-12345678", received_at: "2026-07-01T03:00:00+00:00", same_applicant: false, inliers: 84, share: 0.7, orientation: "mirrored_turned_90", distance: null };
const near = (evidence: Record<string, unknown>): Finding => ({
  id: "duplicate_near",
  result: "flag",
  reason: { zh: "几乎相同", en: "nearly the same" },
  version: 1,
  evidence,
});

describe("the earlier photo that one repeats", () => {
  it("is read whatever the evidence holds", () => {
    expect(earlierPhotos(near({ count: 1, matches: [match] }))).toEqual([
      { survey: "20260701-abcd", photo: "003-12345678", receivedAt: match.received_at, sameApplicant: false, inliers: 84, mirrored: true },
    ]);
    expect(earlierPhotos(near({ count: 1 }))).toEqual([]);
    expect(earlierPhotos(near({ matches: [null, "x", { survey: 3 }, { ...match, inliers: "many" }] }))).toMatchObject([{ inliers: null }]);
    expect(earlierPhotos({ ...near({ matches: [match] }), id: "geofence" })).toEqual([]);
  });

  it("is another case and no more where that is restricted", () => {
    const hidden = near({ matches: [match, { same_applicant: false, inliers: 90, restricted: true }, null] });
    expect(earlierPhotos(hidden)).toHaveLength(1);
    expect(restrictedMatches(hidden)).toBe(1);
    expect(restrictedMatches(near({ matches: [match] }))).toBe(0);
    expect(restrictedMatches({ ...hidden, id: "geofence" })).toBe(0);
  });

  it("is named at the desk beside the reason", () => {
    const photos = [photo({ result: "needs_review", findings: [near({ count: 1, matches: [match] })] })];
    const bytes = vi.fn(() => new Promise<never>(() => undefined));
    show(app(), <Photos survey={survey({ photos })} bytes={{ preview: bytes, original: bytes, livePicture: bytes, frame: bytes, videoLink: bytes }} />);
    const line = screen.getByTestId("earlier-photo").textContent ?? "";
    for (const part of ["20260701-abcd", "003-12345678", "2026-07-01", "84"]) expect(line).toContain(part);
  });
});
