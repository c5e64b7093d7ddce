import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { LARGEST_PHOTO } from "../src/core/uploads";
import type { FromPerson, PhotoForm } from "../src/core/wire.gen";
import { Album } from "../src/device/album";
import { Api } from "../src/device/http";
import { MemoryShelf } from "../src/device/shelf";
import { photo, videos } from "./support";

const position = { lat: 20, lon: 110, accuracy_m: 9, at: "2026-11-22T02:00:00Z" };

function album() {
  const said: FromPerson[] = [];
  const sent: { facts: PhotoForm; text: string }[] = [];
  const order: string[] = [];
  const api = new Api();
  api.uploadPhoto = async (_survey, facts, bytes) => {
    order.push("bytes");
    sent.push({ facts, text: await bytes.text() });
    return photo({ id: facts.sha256 });
  };
  const made = new Album({
    survey: "s1",
    shelf: new MemoryShelf<Blob>(),
    api,
    videos: videos(api),
    say: (message) => {
      order.push("hash");
      said.push(message);
    },
    position: () => position,
  });
  return { made, said, sent, order };
}

const digest = (text: string): string => createHash("sha256").update(text).digest("hex");

describe("album", () => {
  it("commits a still's hash with nonce and place before its bytes go", async () => {
    const { made, said, sent, order } = album();
    const takenAt = new Date("2026-11-22T02:00:03Z");
    await made.addStill(
      { type: "still_requested", nonce: "n1", by: "林", note: "", expires_at: "2026-11-22T02:02:00Z" },
      { bytes: new Blob(["jpeg"], { type: "image/jpeg" }), takenAt },
    );
    await made.uploads.settled();
    const sha256 = digest("jpeg");
    expect(order).toEqual(["hash", "bytes"]);
    expect(said).toEqual([{ type: "still_taken", nonce: "n1", sha256, size: 4, position, taken_at: takenAt.toISOString() }]);
    expect(sent).toEqual([
      { facts: { name: "still-20261122T020003.jpg", channel: "still", sha256, nonce: "n1", position, taken_at: takenAt.toISOString() }, text: "jpeg" },
    ]);
  });

  it("sends chosen files byte for byte", async () => {
    const { made, said, sent } = album();
    await made.addFiles([new File(["one"], "a.jpg"), new File(["two"], "b.heic")]);
    await made.uploads.settled();
    expect(sent.map(({ facts, text }) => [facts.name, facts.channel, facts.sha256, text])).toEqual([
      ["a.jpg", "upload", digest("one"), "one"],
      ["b.heic", "upload", digest("two"), "two"],
    ]);
    expect(said).toEqual([]);
  });

  it("declines what is too large, empty or unreadable, in words, and sends the rest", async () => {
    const { made, sent } = album();
    const large = new File(["x"], "large.jpg");
    Object.defineProperty(large, "size", { value: LARGEST_PHOTO + 1 });
    const cloud = new File(["x"], "cloud.jpg");
    cloud.arrayBuffer = () => Promise.reject(new Error("NotReadableError"));
    await made.addFiles([large, new File([], "empty.jpg"), cloud, new File(["ok"], "ok.jpg")]);
    await made.uploads.settled();
    expect(made.declined.value.map((one) => [one.name, one.why])).toEqual([
      ["large.jpg", "large"],
      ["empty.jpg", "empty"],
      ["cloud.jpg", "unread"],
    ]);
    expect(sent.map(({ facts }) => facts.name)).toEqual(["ok.jpg"]);
  });
});
