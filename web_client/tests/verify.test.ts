/** The pure parts of verify.html against the standards' own examples. Whole bundles: tests/browser/test_verify_page.py. */

import { describe, expect, it } from "vitest";
import { base64, compared, decoded, encoded, fromBase64, hex, joined } from "../src/core/verify/bytes";
import { canonical, readCanonical } from "../src/core/verify/canonical";
import { crc32 } from "../src/core/verify/crc32";
import { elements, moment, oid, only, pem } from "../src/core/verify/der";
import { Findings, printable } from "../src/core/verify/findings";
import { splitKey } from "../src/core/verify/information";
import { leafHash, nodeHash, verifyInclusion } from "../src/core/verify/merkle";
import { checkSignedBy, readCheckpoint, readKey, splitNote, writeKey } from "../src/core/verify/notes";
import { logFolder, readProofs } from "../src/core/verify/proofs";
import { Sm3 } from "../src/core/verify/sm3";
import { verify } from "../src/core/verify/verify";
import * as faults from "../src/core/verify/faults";

const bytes = (text: string): Uint8Array => encoded(text);

describe("SM3", () => {
  // GB/T 32905-2016, appendix A
  it.each([
    ["abc", "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"],
    ["abcd".repeat(16), "debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732"],
    ["", "1ab21d8355cfa17f8e61194831e81a8f22bec8c728fefb747ed035eb5082aa2b"],
  ])("of %j", (text, digest) => {
    expect(hex(new Sm3().update(bytes(text)).digest())).toBe(digest);
  });

  it("does not depend on how the bytes come", () => {
    const whole = Uint8Array.from({ length: 1000 }, (_, at) => (at * 7) & 0xff);
    const once = hex(new Sm3().update(whole).digest());
    for (const step of [1, 3, 63, 64, 65, 128, 999]) {
      const sm3 = new Sm3();
      for (let at = 0; at < whole.length; at += step) sm3.update(whole.subarray(at, at + step));
      expect([step, hex(sm3.digest())]).toEqual([step, once]);
    }
  });

  it("of every length round a block's end differs from the one before", () => {
    const digests = Array.from({ length: 130 }, (_, length) => hex(new Sm3().update(new Uint8Array(length)).digest()));
    expect(new Set(digests).size).toBe(130);
  });
});

it("CRC-32 has its check value, at once or in pieces", () => {
  expect(crc32(bytes("123456789"))).toBe(0xcbf43926);
  expect(crc32(bytes("6789"), crc32(bytes("12345")))).toBe(0xcbf43926);
});

describe("UTF-8", () => {
  it.each(["", "plain", "琼海 ß", "\ufeffmark", "𠮷\u{10ffff}", "é".repeat(20_000)])("comes back from %j", (text) => {
    expect(decoded(bytes(text))).toBe(text);
  });

  it.each([
    ["a byte that begins nothing", [0x80]],
    ["a cut sequence", [0xe7, 0x90]],
    ["too long a form", [0xc0, 0xaf]],
    ["too long a form of three", [0xe0, 0x80, 0xaf]],
    ["half of a pair", [0xed, 0xa0, 0x80]],
    ["beyond Unicode", [0xf4, 0x90, 0x80, 0x80]],
    ["a wrong follower", [0xe7, 0x41, 0xbc]],
  ])("refuses %s", (_, wrong) => {
    expect(decoded(Uint8Array.from(wrong))).toBeNull();
  });

  it("orders by bytes, where UTF-16 would not", () => {
    expect(compared(bytes("\ufffd"), bytes("\u{10000}"))).toBeLessThan(0);
    expect(["\ufffd", "\u{10000}"].sort()).toEqual(["\u{10000}", "\ufffd"]);
  });
});

describe("base64", () => {
  // RFC 4648 section 10
  it.each([["", ""], ["f", "Zg=="], ["fo", "Zm8="], ["foo", "Zm9v"], ["foobar", "Zm9vYmFy"]])("of %j", (text, said) => {
    expect(base64(bytes(text))).toBe(said);
    expect(fromBase64(said)).toEqual(bytes(text));
  });

  it.each(["Zh==", "Zg=", "Zg", "Zm9v\n", "Zm-v", "Zm9vZg==Zg=="])("refuses %j, which is not the one form", (said) => {
    expect(fromBase64(said)).toBeNull();
  });
});

describe("canonical JSON", () => {
  it.each(["null", '{"a":[1,2.5,-3,1e+21,"\\u0001\\n\\"é琼"],"b":{}}', "9007199254740991", "0.000001", "1e-7", '{"\u{10000}":1,"\ufffd":2}'])(
    "is %s",
    (text) => {
      expect(canonical(readCanonical(bytes(text)))).toBe(text);
    },
  );

  it.each([
    " 1", "1\n", "1.0", "-0", "1e3", "01", "NaN", "1e400", "9007199254740992", '{"b":1,"a":2}', '{"a":1,"a":1}', '{"a": 1}', '"\\u0061"', '"\\/"', '"\\ud800"',
    '"\\u000A"', "\ufeff1", "", "[1,]", '{"\ufffd":2,"\u{10000}":1}',
  ])("is not %j", (text) => {
    expect(() => readCanonical(bytes(text))).toThrow(/JSON/);
  });

  it("is no nest of thousands", () => {
    expect(() => readCanonical(bytes("[".repeat(3000) + "]".repeat(3000)))).toThrow(/too deeply/);
  });
});

describe("a Merkle tree", () => {
  const leaves = Array.from({ length: 7 }, (_, at) => leafHash(bytes(`leaf ${at}`)));
  const [a, b, c, d, e, f, g] = leaves as [Uint8Array, Uint8Array, Uint8Array, Uint8Array, Uint8Array, Uint8Array, Uint8Array];
  const left = nodeHash(nodeHash(a, b), nodeHash(c, d));
  const right = nodeHash(nodeHash(e, f), g);
  const root = nodeHash(left, right);
  const paths = new Map([[0, [b, nodeHash(c, d), right]], [5, [e, g, left]], [6, [nodeHash(e, f), left]]]); // prettier-ignore

  it("hashes leaves and nodes as RFC 6962 does", () => {
    expect(hex(leafHash(new Uint8Array()))).toBe("6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d");
  });

  it("has the leaves that its proofs prove, at no other place, in no other tree", () => {
    for (const [index, path] of paths) {
      const leaf = leaves[index] as Uint8Array;
      expect(verifyInclusion(index, 7, leaf, path, root)).toBe(true);
      for (const other of [0, 1, 4, 5, 6, 7, -1]) if (other !== index) expect(verifyInclusion(other, 7, leaf, path, root)).toBe(false);
      expect(verifyInclusion(index, 7, leaf, path.slice(1), root)).toBe(false);
      expect(verifyInclusion(index, 7, leaf, [...path, left], root)).toBe(false);
      expect(verifyInclusion(index, 7, leaf, path, left)).toBe(false);
      expect(verifyInclusion(index, 7, leafHash(leaf), path, root)).toBe(false);
    }
  });
});

describe("a signed note", () => {
  // The example of golang.org/x/mod/sumdb/note
  const KEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
  const TEXT = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n";
  const NOTE = `${TEXT}\n\u2014 PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n`;

  it("is signed by its key", () => {
    const key = readKey(KEY);
    expect(writeKey(key)).toBe(KEY);
    expect(splitNote(NOTE).text).toBe(TEXT);
    expect(() => checkSignedBy(key, splitNote(NOTE))).not.toThrow();
  });

  it("is not when a letter of it changes, or the key is another's", () => {
    expect(() => checkSignedBy(readKey(KEY), splitNote(NOTE.replace("your", "Your")))).toThrow(/does not fit/);
    const other = { ...readKey(KEY), name: "Rivest" };
    expect(() => checkSignedBy(other, splitNote(NOTE))).toThrow(/none of the given keys/);
    const bent = { ...readKey(KEY), public: readKey(KEY).public.map((byte, at) => (at === 3 ? byte ^ 1 : byte)) };
    expect(() => checkSignedBy(bent, splitNote(NOTE))).toThrow(/does not fit/);
  });

  it.each([
    ["another id", KEY.replace("c74f20a3", "c74f20a4")],
    ["upper case", KEY.replace("c74f20a3", "C74F20A3")],
    ["no key", "PeterNeumann+c74f20a3"],
    ["a space", KEY.replace("Neumann", " Neumann")],
    ["another kind", KEY.replace("ARpc", "AhpC")],
  ])("has no key with %s", (_, wrong) => {
    expect(() => readKey(wrong)).toThrow(/key/);
  });

  it.each(["", "text\n", NOTE.slice(0, -1), NOTE.replace("\u2014", "-"), NOTE.replace("x08go", "x08g"), NOTE.replace("think", "th\tnk"), `${TEXT}\n`])("is not %j", (wrong) => {
    expect(() => splitNote(wrong)).toThrow(/.+/);
  });

  it("holds a checkpoint in its one form", () => {
    const root = base64(new Uint8Array(32));
    expect(readCheckpoint(`log\n12\n${root}\n`)).toEqual({ origin: "log", size: 12, root: new Uint8Array(32) });
    for (const wrong of [`log\n012\n${root}\n`, `log\n-1\n${root}\n`, `log\n12\nAAAA\n`, `log\n12\n`, `log\n12\n${root}`, `\n12\n${root}\n`, `log\n99999999999999999999\n${root}\n`]) {
      expect(() => readCheckpoint(wrong)).toThrow(/.+/);
    }
  });
});

describe("proofs.json", () => {
  const step = base64(new Uint8Array(32).fill(7));
  const proofs = (entries: string): Uint8Array => bytes(`{"entries":[${entries}],"origin":"log","size":9,"v":1}`);

  it("lists entries with their paths", () => {
    const read = readProofs(proofs(`{"index":2,"path":["${step}"]},{"index":5,"path":[]}`));
    expect([...read.paths.keys()]).toEqual([2, 5]);
    expect(read.paths.get(2)?.[0]?.[0]).toBe(7);
  });

  it.each([
    ["out of order", `{"index":5,"path":[]},{"index":2,"path":[]}`],
    ["twice", `{"index":5,"path":[]},{"index":5,"path":[]}`],
    ["below zero", `{"index":-1,"path":[]}`],
    ["as true", `{"index":true,"path":[]}`],
    ["with half of a hash", `{"index":2,"path":["AAAA"]}`],
    ["with a number for a hash", `{"index":2,"path":[7]}`],
    ["with a remark", `{"index":2,"note":"","path":[]}`],
  ])("does not list one %s", (_, entries) => {
    expect(() => readProofs(proofs(entries))).toThrow(/.+/);
  });

  it("lies in a folder by the log's name", () => {
    expect(logFolder("takan.example/node 1:琼𠮷")).toBe("takan.example_node_1___");
  });
});

describe("DER", () => {
  const der = (...all: number[]): Uint8Array => Uint8Array.from(all);

  it("is read element by element", () => {
    const [one, two] = elements(der(0x02, 1, 5, 0x04, 0x81, 0x80, ...Array<number>(128).fill(9)));
    expect([one?.tag, one?.value, two?.tag, two?.value.length, two?.whole.length]).toEqual([2, der(5), 4, 128, 131]);
  });

  it.each([
    ["a length in a longer form than need be", der(0x04, 0x81, 1, 0)],
    ["a length with a zero before it", der(0x04, 0x82, 0, 0x80, ...Array<number>(128).fill(0))],
    ["no definite length", der(0x30, 0x80, 0, 0)],
    ["a value cut short", der(0x04, 2, 0)],
    ["no length", der(0x04)],
    ["a tag of several bytes", der(0x1f, 0x81, 0)],
    ["something after it", der(0x05, 0, 0)],
    ["another element after it", der(0x05, 0, 0x05, 0)],
  ])("has no element with %s", (_, wrong) => {
    expect(() => only(wrong)).toThrow(/timestamp authority/);
  });

  it("names objects by their arcs", () => {
    expect(oid("1.2.840.113549.1.1.11")).toBe("2a864886f70d01010b");
    expect(oid("2.16.840.1.101.3.4.2.1")).toBe("608648016503040201");
    expect(oid("2.5.4.3")).toBe("550403");
  });

  it.each([
    [0x17, "261122081500Z", "2026-11-22T08:15:00.000Z"],
    [0x17, "501122081500Z", "1950-11-22T08:15:00.000Z"],
    [0x18, "20261122081500Z", "2026-11-22T08:15:00.000Z"],
    [0x18, "20261122081500.25Z", "2026-11-22T08:15:00.250Z"],
  ])("tells the time of %i %s", (tag, text, time) => {
    const digits = bytes(text);
    expect(new Date(moment(only(joined([der(tag, digits.length), digits])))).toISOString()).toBe(time);
  });

  it.each([
    [0x17, "20261122081500Z"],
    [0x18, "261122081500Z"],
    [0x18, "20261122081500"],
    [0x18, "20261122081500.250Z"],
    [0x18, "20261122081500+0800"],
    [0x13, "20261122081500Z"],
  ])("takes %i %s for no time", (tag, text) => {
    const digits = bytes(text);
    expect(() => moment(only(joined([der(tag, digits.length), digits])))).toThrow(/timestamp authority/);
  });

  it("is written in PEM in lines of 64", () => {
    const [, ...lines] = (decoded(pem("A".repeat(128))) ?? "").split("\n");
    expect(lines).toEqual(["A".repeat(64), "A".repeat(64), "-----END CERTIFICATE-----", ""]);
  });
});

it("a key of a stored object has tenant, survey and path", () => {
  expect(splitKey("v1/t/2026/11/s/media/p1/init-00.mp4")).toEqual({ tenant: "t", survey: "s", path: "media/p1/init-00.mp4" });
  for (const wrong of ["v1/t/26/11/s/x", "v2/t/2026/11/s/x", "v1/t/2026/11/s/", "v1//2026/11/s/x", "v1/t/2026/11/s/a\nb"]) expect(splitKey(wrong)).toBeNull();
});

it("what a page would not show is not shown as it is", () => {
  expect(printable("a\u202eb\0c\u00a0d e")).toBe("a\ufffdb\ufffdc\ufffdd e");
  const findings = new Findings();
  findings.add("x", faults.missing);
  findings.add("x", faults.missing);
  findings.add("y", faults.missing);
  expect(findings.problems.map(({ file }) => file)).toEqual(["x", "y"]);
});

it.each([
  ["nothing", ""],
  ["no zip", "this is a text"],
  ["a header and no more", "PK\x03\x04"],
])("a file of %s is refused under its own name", async (_, text) => {
  const content = Uint8Array.from(text, (char) => char.charCodeAt(0));
  const source = { name: "a.zip", size: content.length, read: (from: number, to: number) => Promise.resolve(content.subarray(from, to)) };
  const report = await verify(source, [], null);
  expect([report.result, report.problems.map(({ file }) => file), report.about]).toEqual(["refused", ["a.zip"], null]);
});
