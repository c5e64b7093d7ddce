/**
 * The bundle's verifier in TypeScript without a browser: `node tests/verify_bundle.mjs BUNDLE KEYS...`, in web_client.
 *
 * For each argument KEYS (with commas between; may be empty) it prints what it says to the bundle and these keys, as a
 * line of JSON: result, logs, the files it has something against and, as `takan verify --json` has it, what the record
 * is about. A bundle with a timestamp is refused here, since only a browser's cryptography is asked about those.
 */

import { open } from "node:fs/promises";
import { basename, resolve } from "node:path";
import { runnerImport } from "vite";

const [path, ...sets] = process.argv.slice(2);
const load = async (name) => (await runnerImport(resolve(`src/core/verify/${name}.ts`), { configFile: false, logLevel: "error" })).module;
const { verify } = await load("verify");
const { readKey } = await load("notes");

const file = await open(path);
const source = {
  name: basename(path),
  size: (await file.stat()).size,
  read: async (from, to) => {
    const bytes = new Uint8Array(to - from);
    const { bytesRead } = await file.read(bytes, 0, bytes.length, from);
    return bytes.subarray(0, bytesRead);
  },
};
const asTheCommand = (about) =>
  about && {
    case_no: about.caseNo,
    subject: about.subject,
    item: about.item,
    address: about.address,
    began: about.began,
    ended: about.ended,
    people: about.people,
    coverage: about.coverage.map(({ gapSeconds, ...track }) => ({ ...track, gap_seconds: gapSeconds })),
    photos: about.photos.count,
    photo_verdicts: Object.fromEntries(about.photos.verdicts),
    videos: about.videos.count,
    video_verdicts: Object.fromEntries(about.videos.verdicts),
    conclusion: about.conclusion,
    signatures: about.signatures,
  };
for (const keys of sets) {
  const given = keys.split(",").filter(Boolean).map(readKey);
  const { result, logs, problems, about } = await verify(source, given, null);
  const said = { result, logs: logs.map(({ origin }) => origin), files: problems.map(({ file: name }) => name), about: asTheCommand(about) };
  process.stdout.write(`${JSON.stringify(said)}\n`);
}
await file.close();
