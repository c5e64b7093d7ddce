/**
 * Everything that can be wrong with a bundle: what follows a file's name in a sentence, in both languages.
 *
 * The English is word for word that of `takan verify`, so that two people with two verifiers speak of the same thing.
 */

import type { Text } from "../wire.gen";

function said(zh: string, en: string): Text {
  return { zh, en };
}

// ---- the zip
export const cutInHeader = said("在一个文件的头部被截断", "is cut short in the header of a file");
export const nameNotUtf8 = said("含有名称不是 UTF-8 的文件", "has a file whose name is not UTF-8");
export const cutIn = (name: string): Text => said(`在 ${name || "一个文件"} 处被截断`, `is cut short in ${name || "a file"}`);
export const tooLargeForARecord = (name: string, size: number): Text =>
  said(`称 ${name} 有 ${size} 字节，超过档案中任何文件的可能`, `says that ${name} has ${size} bytes, more than any part of a record`);
const FIELDS: Readonly<Record<string, string>> = {
  signature: "标记", version: "版本", flags: "标志", method: "方法", time: "时间", date: "日期", checksum: "校验和",
  "stored size": "存储长度", size: "长度", name: "名称", "extra field": "附加字段",
}; // prettier-ignore
export const otherHeader = (fields: readonly string[]): Text =>
  said(
    `在 zip 中的头部与证据包应有的不同：${fields.map((field) => FIELDS[field] ?? field).join("、")}`,
    `has a header in the zip with another ${fields.join(", ")} than a bundle has`,
  );
export const otherChecksum = said("与 zip 的校验和不符", "does not have the zip's checksum");
export const notAZip = said("不是含有文件的 zip", "is not a zip with a file in it");
export const otherDirectory = (name: string): Text =>
  said(
    `的目录对 ${name} 的记载与该文件自己的头部不一致，或目录前有多余字节`,
    `has a directory that does not describe ${name} as its own header does, or has bytes before it`,
  );
export const otherEnd = said("的结尾不是证据包 zip 应有的样子", "does not end as a bundle's zip ends");
export const bytesAfterEnd = said("结尾之后还有字节", "has bytes after its end");

// ---- the bag
export const dataNotFirst = said("占了空文件夹 data/ 的位置，它应是 zip 中的第一项", "is where the empty folder data/ should be, first in the zip");
export const badPath = said("的名称不得出现在档案袋中", "has a name that no bag may carry");
export const pathTwice = said("在袋中出现两次，或与另一文件仅大小写不同", "is in the bag twice, or differs from another file only in case");
export const notAtItsPlace = said("不在 zip 中按名称排序应在的位置", "is not at its place in the zip, which goes by name");
export const tooLargeToBe = (size: number): Text => said(`过大，不可能是它应是的内容（${size} 字节）`, `is too large to be what it should be (${size} bytes)`);
export const tagTwice = said("在袋中出现两次", "is in the bag twice");
export const notOfABundle = said("不属于证据包", "does not belong in a bundle");
export const missing = said("缺失", "is missing");
export const tagsOutOfOrder = said("在 zip 中的顺序不对", "are not in their order in the zip");
export const otherDeclaration = said("没有像证据包那样声明 BagIt 1.0 和 UTF-8", "does not declare BagIt 1.0 in UTF-8 as a bundle does");
export const notListed = (manifest: string): Text => said(`没有列在 ${manifest} 中`, `is not listed in ${manifest}`);
export const otherHash = (algorithm: string, manifest: string): Text =>
  said(`的 ${algorithm} 与 ${manifest} 所记不符`, `does not have the ${algorithm} that ${manifest} says`);
export const listedAndNotThere = (manifest: string): Text => said(`列在 ${manifest} 中，袋中却没有`, `is listed in ${manifest} and not in the bag`);
export const manifestRespelled = said(
  "不是唯一的规范写法：小写摘要、两个空格、每个文件一次、按文件顺序",
  "is not written in its one form: lower-case hashes, two spaces, each file once, in the order of the files",
);
export const notAManifestLine = (line: string): Text => said(`有一行不是摘要和路径：'${line}'`, `has a line that is no hash and path: '${line}'`);

// ---- JSON and text
export const notUtf8 = said("不是 UTF-8", "is not UTF-8");
export const notJson = said("不是 JSON", "is not JSON");
export const tooDeep = said("嵌套过深", "is nested too deeply");
export const notCanonical = said("不是 JSON 的规范形式（RFC 8785）", "is not written in the canonical form of JSON (RFC 8785)");

// ---- keys, notes, checkpoints
/** A part of a note or key, as it is called in a sentence. */
export type Part = Text;
export const VERIFIER_KEY: Part = said("验证公钥", "the verifier key");
export const ROOT_HASH: Part = said("根摘要", "the root hash");
export const signatureOf = (name: string): Part => said(`${name} 的签名`, `the signature of ${name}`);
export const badName = (name: string): Text => said(`'${name}' 不能作签名者的名称：不得有空格和加号`, `'${name}' can't name a key: no spaces, no plus sign`);
export const notBase64 = (what: Part): Text => said(`${what.zh}不是规范的 base64`, `${what.en} is not base64`);
export const notEd25519 = (name: string): Text => said(`${name} 的验证公钥不是 Ed25519 公钥`, `the verifier key of ${name} is not an Ed25519 key`);
export const keyMiswritten = (name: string, id: string): Text =>
  said(`${name} 的验证公钥写错了：编号应为 ${id}`, `the verifier key of ${name} is miswritten: its id should be ${id}`);
export const notANote = said("这不是签名文书：应有正文、空行和签名行", "this is not a signed note: a text, a blank line and signature lines");
export const tooManySignatures = said("签名多于需要接受的数量", "the note has more signatures than a reader need accept");
export const noDash = said("有签名行不以破折号开头", "a signature line does not begin with a dash");
export const signatureTooShort = (name: string): Text => said(`${name} 的签名太短`, `the signature of ${name} is too short`);
export const signatureDoesNotFit = (name: string): Text => said(`${name} 的签名与正文不符`, `the signature of ${name} does not fit the note`);
export const notSignedBy = (names: string): Text =>
  said(`签名者是 ${names}，其中没有所给的公钥`, `the note is signed by ${names}, but by none of the given keys`);
export const notACheckpoint = said("检查点应为日志名称、条目数和根摘要，各占一行", "a checkpoint is a log's name, its size and its root hash, each on a line");
export const notALogSize = (size: string): Text => said(`'${size}' 不是日志的条目数`, `'${size}' is not the size of a log`);
export const rootHasOtherLength = said("检查点的根摘要应为 32 字节", "a checkpoint's root hash has 32 bytes");

// ---- the ledger
export const unreadable = (why: Text): Text => said(`无法读取：${why.zh}`, `can't be read: ${why.en}`);
export const keysRespelled = said("不是规范写法：每个验证公钥一次、各占一行", "is not written as verifier keys, each once and on a line of its own");
export const signedByOthers = (signed: string): Text => said(`由 ${signed} 签名，vkey 却写着别的公钥`, `is signed by ${signed}, and vkey names other keys`);
export const notSignedAsSaid = (why: Text): Text => said(`没有像 vkey 所说那样签名：${why.zh}`, `is not signed as vkey says: ${why.en}`);
export const signerNotGiven = (signer: string): Text =>
  said(`由 ${signer} 签名，不在您给出的公钥之中`, `is signed by ${signer}, which is not one of the given keys`);
export const notTheFolderOf = (origin: string): Text => said(`不是日志 ${origin} 的文件夹`, `is not the folder of a log called ${origin}`);
export const logTwice = (origin: string): Text => said(`又是日志 ${origin}，包中已有`, `holds ${origin}, which is in the bundle already`);
export const notUnderItsName = (origin: string, names: string): Text =>
  said(`属于日志 ${origin}，签名却不是以该名称，而是以 ${names}`, `is of the log ${origin} and not signed under that name, but by ${names}`);
export const notProofs = said("不是证明列表：应有 v 1、origin、size 和 entries", "is not a list of proofs: v 1, origin, size and entries");
export const notAProof = said("有一项不是序号和路径", "holds an entry that is not an index and a path");
export const proofsOutOfOrder = (index: number, last: number): Text =>
  said(`没有按升序列出条目（${last} 之后是 ${index}）`, `does not list its entries in ascending order (index ${index} after ${last})`);
export const pathTooLong = (length: number, index: number): Text => said(`条目 ${index} 的路径有 ${length} 个摘要`, `has a path of ${length} hashes for entry ${index}`);
export const notAHash = (index: number): Text =>
  said(`条目 ${index} 的路径中有不是 base64 写的 SHA-256 的内容`, `has a path for entry ${index} with something that is no SHA-256 in base64`);
export const proofsOfAnother = (origin: string, size: number, byCheckpoint: string, itsSize: number): Text =>
  said(
    `说的是 ${origin} 的 ${size} 个条目，检查点说的是 ${byCheckpoint} 的 ${itsSize} 个`,
    `is about ${origin} with ${size} entries, the checkpoint about ${byCheckpoint} with ${itsSize}`,
  );
export const provesNothing = said("没有证明任何条目", "proves no entry");
export const provenAndMissing = (proofs: string): Text => said(`缺失，而 ${proofs} 为它作证`, `is missing, and ${proofs} proves it`);
export const notTheEntry = (index: number, origin: string): Text =>
  said(`按其证明和检查点，不是 ${origin} 的第 ${index} 条`, `is not entry ${index} of ${origin} by its proof and the checkpoint`);
export const notAnEntry = said("不是条目：应有 v 1、type、survey、seq、at（UTC）和 prev", "is not an entry: v 1, type, survey, seq, at (UTC) and prev");
export const otherNumber = (found: number, wanted: number): Text =>
  said(`是本次踏勘的第 ${found} 条，这里应为第 ${wanted} 条`, `is the survey's entry ${found}, where entry ${wanted} should come`);
export const firstNamesOneBefore = said("是这里的第一条，却提到它之前的一条", "is the first entry here and names one before it");
export const notChained = said("没有用摘要指明本次踏勘的前一条", "does not name the survey's entry before it by its hash");

// ---- entries and objects
export const noEntry = said("在账本中没有条目", "has no entry in the ledger");
export const newestSealElsewhere = said("是关于最新封存的，它应在 ledger/ 的日志中", "is about the newest seal, which must be in the log in ledger/");
export const anotherSurvey = (found: string, survey: string): Text => said(`属于另一次踏勘 ${found}，而不是 ${survey}`, `is about another survey, ${found}, than ${survey}`);
export const sealWithoutManifest = said("是封存条目，却没有指明清单", "is of type seal and names no manifest");
export const statesTooLittle = (names: string): Text => said(`是关于对象的，却没有写明全部 ${names}`, `is about an object and does not state all of ${names}`);
export const notTheSurveys = (key: string): Text => said(`指向不属于本次踏勘的对象：${key}`, `names an object that is not the survey's: ${key}`);
export const alsoAbout = (path: string, other: string): Text => said(`是关于 ${path} 的，${other} 也是`, `is about ${path}, and so is ${other}`);
export const otherType = (type: string, path: string): Text => said(`的类型 ${type} 与 ${path} 不相称`, `is of type ${type}, which does not go with ${path}`);
export const missingByEntry = (entry: string): Text => said(`缺失，而 ${entry} 登记了它`, `is missing, and ${entry} is about it`);
export const otherSize = (found: number, entry: string, wanted: number): Text =>
  said(`有 ${found} 字节；按 ${entry} 应为 ${wanted}`, `has ${found} bytes; by ${entry} it has ${wanted}`);
export const otherDigest = (algorithm: string, found: string, entry: string, wanted: string): Text =>
  said(`的 ${algorithm} 为 ${found}；按 ${entry} 应为 ${wanted}`, `has the ${algorithm} ${found}; by ${entry} it is ${wanted}`);

// ---- seals
export const namedOtherwise = said("的 SHA-256 与名称开头不符", "does not have the SHA-256 that its name begins with");
export const notASeal = said("不是封存清单", "is not the manifest of a seal");
export const noSeal = said("缺失：包中没有封存", "is missing: there is no seal in the bundle");
export const otherSealNumber = (found: number, wanted: number): Text => said(`是第 ${found} 次封存，这里应为第 ${wanted} 次`, `is seal ${found}, where seal ${wanted} should come`);
export const sealsOutOfOrder = said("打乱了封存的次序：录制封存在先，且只有一次", "breaks the order of seals: the recording's first, and once");
export const saysInstead = (name: string, found: string, wanted: string): Text => said(`的 ${name} 为 ${found}，应为 ${wanted}`, `says ${name} ${found} instead of ${wanted}`);
export const notAfter = (before: string): Text =>
  said(`没有用键和 SHA-256 指明前一次封存 ${before}`, `does not name ${before} as the seal before it, by its key and SHA-256`);
export const namesSealBeforeFirst = said("是第一次封存，却提到更早的封存", "names a seal before the first");
export const noObjects = said("没有对象列表", "has no list of objects");
export const notAnObject = (listed: string): Text => said(`列有不是对象或重复的内容：${listed}`, `lists something that is no object, or one twice: ${listed}`);
export const noEntryAndNamed = (seal: string): Text => said(`在账本中没有条目，而 ${seal} 列有它`, `has no entry in the ledger, and ${seal} names it`);
export const missingAndNamed = (seal: string): Text => said(`缺失，而 ${seal} 列有它`, `is missing, and ${seal} names it`);
export const otherInSeal = (name: string, seal: string, entry: string): Text =>
  said(`在 ${seal} 中的 ${name} 与条目 ${entry} 不同`, `has another ${name} in ${seal} than in its entry, ${entry}`);
export const speaksOfAnother = (key: string, sha256: string): Text =>
  said(`提到 SHA-256 为 ${sha256} 的 ${key}，包中没有`, `speaks of ${key} with SHA-256 ${sha256}, which is not in the bundle`);

// ---- the bag's own name and words
export const shouldBeCalled = (name: string): Text => said(`应按所属踏勘命名为 ${name}`, `should be called ${name}, for the survey it is about`);
export const noCase = said("没有写明封存的是哪个案件", "does not say which case it seals");
export const saysTooLittle = (lines: string): Text => said(`没有写出档案所证明的内容：${lines}`, `does not say what the record proves: ${lines}`);
export const saysTooMuch = said("写了档案没有证明的内容", "says more than the record proves");

// ---- timestamps
export const timestampPartMissing = said("缺失，而时间戳的另一部分在包中", "is missing, and the rest of the timestamp is there");
export const noTimestamp = (why: Text): Text => said(`不是检查点的时间戳：${why.zh}`, `is no timestamp of the checkpoint: ${why.en}`);
export const notDer = said("不是时间戳机构的答复（RFC 3161）", "it is not an answer of a timestamp authority (RFC 3161)");
export const notPem = said("这不是 PEM 证书文件", "this is not a file of certificates in PEM");
export const pemRespelled = said("证书链不是规范的 PEM", "the chain is not written as certificates in PEM and nothing else");
export const notForTimestamps = (name: string): Text => said(`${name} 的证书不是专用于时间戳的`, `the certificate of ${name} is not one for timestamps alone`);
export const noRoot = said("证书链不以根证书结尾", "the chain of its certificates does not end with a root");
export const notTheIssuer = (issuer: string, name: string): Text =>
  said(`证书链中本应是 ${name} 的签发者，却是 ${issuer}`, `${issuer} stands in its chain where the issuer of ${name} belongs`);
export const notValidThen = (at: string, name: string, from: string, to: string): Text =>
  said(
    `所述时间 ${at} UTC 时，${name} 的证书不在有效期内（${from} 至 ${to}）`,
    `it states ${at} UTC, when the certificate of ${name} was not valid: it is from ${from} to ${to}`,
  );
export const strangeExtension = (name: string): Text => said(`${name} 的证书有本页不认识的关键扩展`, `the certificate of ${name} has a critical extension that this page doesn't know`);
export const strangeSignature = said("证书的签名算法不被接受", "a certificate's signature algorithm is not accepted");
export const noSigner = said("没有带上签名所用的证书", "it does not carry the certificate that it is signed with");
export const otherBytes = said("说的是别的内容：摘要不符", "it is about other bytes: its digest is not theirs");
export const tokenNotShortest = said("不是只含时间戳的最短答复", "it is not the shortest answer that carries the token");
export const tokenOtherParts = said("内容多于或少于签名的时间戳和证书", "it carries more, or less, than a signed timestamp and certificates");
export const tokenOtherSigner = said("不是由一位签名者签名，或带有未签名的属性", "it is not signed by one signer, without attributes that nobody signed");
export const tokenOtherAlgorithm = said("签名算法不被接受，或与摘要算法不相称", "it names a signature algorithm that is not accepted, or does not go with its digest");
export const tokenOtherDigest = said("摘要算法不被接受", "it has a digest of a kind not accepted");
export const tokenOtherCertificate = said("签名时写明的是另一张证书", "it was signed for another certificate than it carries");
export const tokenSignatureFails = said("签名不成立", "its signature does not hold");
export const timestampUnverifiable = said(
  "是时间戳，但这个浏览器在非安全连接上不提供核验功能：请保存本页后从本机打开",
  "is a timestamp, which this browser can't check over an insecure connection: save this page and open it from disk",
);
