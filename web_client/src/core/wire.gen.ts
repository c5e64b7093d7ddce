// Generated from survey_server/wire by `takan wire-types`. Do not edit.

/** The applicant has read the conclusion and the survey's record. It is no signature. */
export type AcknowledgeRecord = {
  type: "acknowledge_record"
  reports: string[]
  seal: string
}

/** One act of an officer or of the subject. `seen` is the last line that was on the officer's page (`seq`). */
export type ActForm = {
  act: "confirm" | "dismiss" | "drop" | "reverse" | "uphold" | "answer" | "appeal"
  words: string
  seen?: number | null
}

/** The gate's answer, with every reason. `survey` names the case in all three outcomes. */
export type AdmissionView = {
  survey: string
  outcome: "admitted" | "on_site" | "refused"
  tier: string
  reasons: Text[]
  policy_digest: string
  mode?: "live" | "upload_only"
}

/** A reviewer's answer to a checklist point; pinned to the moment it arrives. */
export type AnswerPoint = {
  type: "answer_point"
  point: string
  value: "not_ok" | "ok" | "unsure"
  note?: string
}

/** The latest answer to one checklist point and the moment of the recording it was pinned to. `others` are earlier */
export type AnswerView = {
  point: string
  value: "not_ok" | "ok" | "unsure"
  note: string
  by: string
  at: string
  moment_s: number | null
  others?: EarlierAnswerView[]
}

/** An officer who took no part in the case decides the appeal. */
export type AppealAnswerForm = {
  result: "on_site" | "stands" | "survey_again"
  reason: string
}

/** The appeal, and once decided its result. */
export type AppealView = {
  reason: string
  at: string
  due: string
  result: "on_site" | "stands" | "survey_again" | null
  answer: string
  officer: string
  answered_at: string | null
}

/** An application for one remote survey, as the approvals platform or the intake desk sends it. */
export type ApplicationForm = {
  subject: SubjectForm
  item: string
  site: Site
  window: Window
  case_no?: string
  mode?: "live" | "upload_only"
  earlier?: string
}

/** The appointment that stands, or the last one; `by` is who made it. */
export type AppointmentView = {
  number: number
  start: string
  end: string
  by: string
  stands: boolean
}

/** Agree on an appointment, or on another one. `replaces` is the number of the one that its sender saw, 0 for none: */
export type Arrange = {
  order: "arrange"
  start: string
  minutes?: number
  replaces?: number
  officer?: string
}

/** The applicant asks that a person look at the gate's decision; `words` say what is wrong with it. */
export type AskPersonForm = {
  words: string
}

/** A reviewer or expert asks the applicant something in writing, to be answered in the call: about a point of the */
export type AskQuestion = {
  type: "ask_question"
  text: string
  point?: string | null
}

/** A reviewer of an upload-only survey needs another photo of a point; `reason` says what it must show. */
export type AskShot = {
  type: "ask_shot"
  point: string
  reason: string
}

/** A reviewer or expert asks the applicant for a still: of a checklist point, or null, which is marked as a request */
export type AskStill = {
  type: "ask_still"
  note?: string
  point?: string | null
}

/** Another shot of a point that a department asked for; `answered` once a photo or an explanation came after it. */
export type AskedShotView = {
  point: string
  department: Department
  reason: string
  at: string
  open: boolean
  answered: boolean
}

/** An application that waits for an officer, or waited: a person was asked to look at the gate's decision, or there */
export type AskedView = {
  name: string
  decision: OwnDecisionView
}

/** One point of a checklist. */
export type CheckPoint = {
  id: string
  title: Text
  hint: Text
  shot?: Text | null
  example?: Text | null
  department?: Department | null
}

/** Why no remote survey is held although it was admitted; `cause` null: the application was withdrawn. */
export type ClosingView = {
  cause: "applicant_wish" | "lapsed" | "location_declined" | "no_show" | "officer" | null
  reason: string
  at: string
}

/** A file on its way: how many of its bytes are on the server's disk. */
export type ComingView = {
  name: string
  size: number
  received: number
}

/** The applicant's page commits a random number by its SHA-256, and the P-256 key it will sign with (a point). */
export type CommitNumber = {
  type: "commit_number"
  draw: number
  sha256: string
  key: string
}

/** A reviewer's signature under a conclusion; in a joint inspection under their department's. */
export type Conclude = {
  type: "conclude"
  result: "not_pass" | "pass" | "rectify" | "refer_on_site"
  reason?: string
  points?: string[]
  days?: number | null
}

/** The person read the notice of this version and agrees to being recorded. */
export type Consent = {
  type: "consent"
  notice: string
}

/** An officer found another tier; the policy says what follows. `seen` names what was seen, with its date. */
export type CorrectForm = {
  answer: "correct"
  words: string
  ground: "other_subject" | "record_lifted" | "representative" | "standing_proven"
  tier: "blue" | "orange" | "red"
  seen: string
}

/** A record that counted, by its source's number; `until` is when its publicity ends. */
export type CountedView = {
  id: string
  kind: Text
  rule: string
  until: string
}

/** Somebody of the register is not to be drawn for this case, and why. Both are on record. */
export type DeclaredConflict = {
  member: string
  reason: string
}

/** The decision to deduct. `code` is the subject's code out of the case file: it is compared, sent, and not kept. */
export type DeductionForm = {
  rule: string
  code: string
  words: string
  seen: number
}

/** How far the credit platform was told. `trouble` is the last attempt's, in the platform's own words. */
export type DeliveryView = {
  what: Text
  delivered_at: string | null
  attempts: number
  trouble: string
}

/** A department's name in both languages; the Chinese one tells departments apart. */
export type Department = {
  zh: string
  en: string
}

/** A department of a joint inspection and what it concluded; null until its reviewers signed alike. */
export type DepartmentConclusionView = {
  department: Department
  result: "not_pass" | "pass" | "rectify" | "refer_on_site" | null
  signed: number
}

/** The device check's outcome; a recorded fact, never a reason to refuse. */
export type DeviceReport = {
  type: "device_report"
  camera: "denied" | "missing" | "ok"
  microphone: "denied" | "missing" | "ok"
  location: "denied" | "missing" | "ok"
}

/** The camera was switched or the device turned: how the picture is now. */
export type DeviceTurned = {
  type: "device_turned"
  facing: "environment" | "user"
  orientation: "landscape" | "portrait"
}

/** Draw so many people of this role out of the register for a survey. */
export type DrawOrder = {
  seats: number
  role?: "expert" | "reviewer"
  conflicts?: DeclaredConflict[]
}

/** A draw as far as it is. `until`: from then on it may be opened anew if the applicant's page is not done. */
export type DrawView = {
  number: number
  role: "expert" | "reviewer"
  seats: number
  state: "committed" | "drawing" | "drawn" | "lapsed" | "revealing" | "waiting"
  candidates: number
  opened_at: string
  until: string
  seated: SeatView[]
}

/** When a period ends: with `day` in China; `at` is the first moment too late. `left` counts working days. */
export type DueView = {
  day: string
  at: string
  left: number
  note: Text | null
}

/** What another person had answered, and a later answer differs from. */
export type EarlierAnswerView = {
  value: "not_ok" | "ok" | "unsure"
  note: string
  by: string
  at: string
  moment_s: number | null
}

/** The survey that a re-survey goes back to: what was found and photographed of the points looked at again. */
export type EarlierView = {
  survey: string
  case_no: string
  concluded_at: string
  rectification: RectificationView
  answers: AnswerView[]
  photos: PhotoView[]
}

/** A reviewer ends the live session, or the applicant says they are finished. */
export type EndSession = {
  type: "end_session"
}

/** How an errand stands at `at`; `words` say what to do. `document` is the signed note, `vkeys` whose it is. */
export type ErrandCheck = {
  state: "expired" | "forged" | "over" | "taken_off" | "valid"
  words: Text
  at: string
  errand?: ErrandFacts | null
  document?: string
  vkeys?: string[]
}

/** What the node signed. Of the applicant it says the case number and nothing else. */
export type ErrandFacts = {
  name: string
  role: "applicant" | "auditor" | "expert" | "officer" | "reviewer" | "subject"
  credential: string
  department: Text
  item: Text
  case_no: string
  valid_from: string
  valid_until: string
}

/** An errand's document that somebody was given, to be compared with what was signed. */
export type ErrandForm = {
  document: string
}

/** A reviewer's or expert's errand as the survey's people see it; whoever opens `address` can check it. */
export type ErrandView = {
  participant: string
  credential: string
  department: Text
  code: string
  address: string
  valid_from: string
  valid_until: string
}

/** One thing that a finding rests on, in words, with its SHA-256 (of a stretch of the recording: its seal's). */
export type EvidenceView = {
  what: Text
  sha256: string
  photo?: string | null
}

/** An expert's opinion of a live survey. Others learn of it when all are in: until then they see `given` only. */
export type ExpertView = {
  participant: string
  given: boolean
  opinion: OpinionView | null
}

/** The applicant of an upload-only survey can't show a point, and says why. */
export type ExplainShot = {
  type: "explain_shot"
  point: string
  reason: string
}

/** Why the applicant can't show a point. */
export type ExplanationView = {
  point: string
  reason: string
  at: string
}

/** A message was refused; the connection goes on unless `fatal`. */
export type Fault = {
  type: "fault"
  code: string
  text: Text
  fatal?: boolean
}

/** A reviewer's finding of false material: the rule they propose, what is false, and what that rests on. */
export type FeedbackForm = {
  rule: string
  words: string
  evidence: (PhotoEvidence | ObjectEvidence | RecordingEvidence)[]
}

/** One step that was taken. `by` is a person's name, empty for the node; `kept`: the archive has its record. */
export type FeedbackLine = {
  at: string
  act: Text
  by: string
  words: string
  kept: boolean
}

/** A finding of false material and what became of it, as far as its viewer may see it. */
export type FeedbackView = {
  feedback: string
  seq: number
  state: "answered" | "appealed" | "confirmed" | "deducted" | "dismissed" | "dropped" | "notified" | "recorded" | "repaired" | "repairing" | "reversed" | "unanswered"
  stands: Text
  survey: string
  case_no: string
  subject_name: string
  rule: string
  words: string
  recorded_at: string
  evidence: EvidenceView[]
  steps: FeedbackLine[]
  notices: NoticeView[]
  open: string[]
  due: DueView | null
  event: string
  application: string
  deliveries: DeliveryView[]
}

/** What is wrong with one field: `pointer` is a JSON pointer into the request's body (RFC 6901, as a fragment). */
export type FieldFault = {
  pointer: string
  detail: Text
}

/** One check's answer about one photo. `evidence` holds the measured facts, JSON values only. */
export type Finding = {
  id: string
  result: "fail" | "flag" | "na" | "pass"
  reason: Text
  evidence?: Record<string, unknown>
  version?: number
  advice?: Text | null
}

/** A stretch without media, and why. */
export type Gap = {
  start_s: number
  end_s: number
  kind: "audio" | "video" | null
  cause: string
}

/** A reviewer's opinion for their department, an expert's in a live survey: before they see the others'. */
export type GiveOpinion = {
  type: "give_opinion"
  value: "approve" | "on_site" | "rectify"
  reason?: string
}

/** Is this node fit to hold a survey? */
export type HealthView = {
  ok: boolean
  version: string
  store: string
  store_reachable: boolean
  backlog_objects: number
  backlog_bytes: number
  disk_low: boolean
  disk_free_bytes: number
  ledger_trouble: string
  ledger_waiting: number
  timestamp_trouble: string
  outbox_trouble: string
  loop_lag_ms: number
  loop_lag_p99_ms: number
  rss_bytes: number
  open_files: number
  udp_drops: number
}

/** First message of every connection; `clock` is the device's own time now. */
export type Hello = {
  type: "hello"
  session: string
  clock: string
  language?: "en" | "zh"
  device?: string
}

/** A TURN server (RFC 8656) and credentials that expire; in the shape of RTCIceServer. */
export type IceServer = {
  urls: string[]
  username: string
  credential: string
}

/** Something came between the person and their device, or is over. */
export type Interrupted = {
  type: "interrupted"
  what: "camera_taken" | "hidden" | "microphone_taken"
  over: boolean
}

/** A fresh one-time link. The server keeps only its hash, so this is the one time it can be read. */
export type InvitationLink = {
  role: "applicant" | "auditor" | "expert" | "officer" | "reviewer" | "subject"
  name: string
  link: string
  expires_at: string
}

/** One person to invite: a one-time link will be made. In an upload-only survey a reviewer has a department. */
export type InvitationOrder = {
  role: "applicant" | "auditor" | "expert" | "officer" | "reviewer" | "subject"
  name: string
  department?: Department | null
  credential?: string
}

/** What a link's page may show before anyone presses Start. Reading it spends nothing. */
export type InvitationView = {
  role: "applicant" | "auditor" | "expert" | "officer" | "reviewer" | "subject"
  name: string
  state: "expired" | "fresh" | "spent"
  item: Text
  case_no: string
  address: string
  survey_state: "admitted" | "appealed" | "cancelled" | "concluded" | "ended" | "in_session" | "on_site" | "refused" | "scheduled" | null
  now: string
  mode?: "live" | "upload_only"
}

/** A survey item (事项): what is looked at and under which terms. */
export type ItemView = {
  code: string
  name: Text
  kind: "joint_inspection" | "pre_siting" | "re_survey" | "remote_survey"
  department: Text
  points: CheckPoint[]
  departments?: Department[]
}

/** Ready for a peer connection. The server makes every offer. */
export type JoinMedia = {
  type: "join_media"
  peer?: string
}

/** The keys that this node's checkpoints are signed with (C2SP signed-note), newest first: what a verifier needs. */
export type LedgerView = {
  vkeys: string[]
}

/** What is agreed and due. `due_at` is the end of the item's limit in working days, null where there is none; */
export type LifeView = {
  appointment?: AppointmentView | null
  missed?: number
  closing?: ClosingView | null
  due_at?: string | null
  stars?: number | null
  appeal?: AppealView | null
  appeal_until?: string | null
  limits?: LimitView[]
}

/** An officer who has no part in the case lifts it. */
export type LiftForm = {
  order: "lift"
  case_no: string
  reason: string
}

/** A limit that runs: until the end of `day` (in China); `at` is the first moment too late. */
export type LimitView = {
  of: "appeal" | "begin" | "case" | "material" | "rectify"
  side: "applicant" | "bureau"
  day: string
  at: string
  left: number
  note?: Text | null
}

/** Somebody looked at the recording or took the record. */
export type LookView = {
  at: string
  text: Text
}

/** The applicant's appeal against the conclusion. */
export type MakeAppeal = {
  order: "appeal"
  reason: string
}

/** What the applicant of an upload-only survey handed in besides photos. */
export type MaterialView = {
  submitted_at: string | null
  rounds: number
  with_applicant: boolean
  explanations: ExplanationView[]
  asked: AskedShotView[]
}

/** A track was switched off or on by its owner. */
export type Mute = {
  type: "mute"
  kind: "audio" | "video"
  muted: boolean
}

/** A node as its operator sees it: version, and where its evidence is kept. */
export type NodeView = {
  version: string
  store_kind: "embedded" | "s3"
  store_endpoint: string
  store_bucket: string
}

/** The notice is given: a link for the subject, to be read this one time, and how it stands now. */
export type NoticeLink = {
  link: string
  expires_at: string
  feedback: FeedbackView
}

/** A document for the subject. */
export type NoticeView = {
  what: string
  text: Text
  at: string
}

/** To the applicant's page: a draw is open; commit a number. Repeated on each line until it came. */
export type NumberWanted = {
  type: "number_wanted"
  draw: number
  role: "expert" | "reviewer"
}

/** Any preserved object of the survey, by its key. */
export type ObjectEvidence = {
  of: "object"
  key: string
}

/** Which participant and kind an m-line of the offer carries; `own` marks the person's own send lines. */
export type OfferedTrack = {
  mid: string
  participant: string
  kind: "audio" | "video"
  own: boolean
}

/** Pressing Start: `key` is 32 random bytes the page made, hex; the link is bound to it for good. */
export type OpenForm = {
  key: string
}

/** A department's opinion about the whole material. */
export type OpinionView = {
  value: "approve" | "on_site" | "rectify"
  reason: string
  by: string
  at: string
}

/** A decision of the gate about the subject, and what became of the application. */
export type OwnDecisionView = {
  survey: string
  case_no: string
  item: Text
  decided_at: string
  outcome: "admitted" | "on_site" | "refused"
  mode: "live" | "upload_only"
  tier: string
  whose: Text | null
  source: string
  as_of: string | null
  reasons: Text[]
  counted: CountedView[]
  policy_digest: string
  state: "admitted" | "appealed" | "cancelled" | "concluded" | "ended" | "in_session" | "on_site" | "refused" | "scheduled"
  conclusion: "not_pass" | "pass" | "rectify" | "refer_on_site" | null
  conclusion_reasons: string[]
  appeal: AppealView | null
  second_look: SecondLookView | null
  looks: LookView[]
  ways: WayView[]
  restricted?: Text | null
}

/** Everything that was decided here about one subject, newest first, and what was found against it. */
export type OwnView = {
  name: string
  decisions: OwnDecisionView[]
  findings: FeedbackView[]
}

/** A person of this survey, present or not; `audio`/`video` say what they send now. */
export type ParticipantView = {
  id: string
  role: "applicant" | "auditor" | "expert" | "officer" | "reviewer" | "subject"
  name: string
  present: boolean
  consented: boolean
  connected: boolean
  audio: boolean
  video: boolean
  interruptions: ("camera_taken" | "hidden" | "microphone_taken")[]
  department?: Department | null
  recused?: boolean
}

/** A photo of the survey, by its number. */
export type PhotoEvidence = {
  of: "photo"
  photo: string
}

/** The `facts` part of a photo's multipart upload; the `file` part holds the bytes. */
export type PhotoForm = {
  name: string
  channel: "still" | "upload"
  sha256: string
  nonce?: string | null
  position?: Position | null
  taken_at?: string | null
  source?: "capture" | "library" | null
  point?: string | null
}

/** A photo as phone, desk and auditor see it. While checks run `result` is null. */
export type PhotoView = {
  id: string
  name: string
  channel: "still" | "upload"
  sha256: string
  size: number
  media_type: string
  received_at: string
  result: "accepted" | "needs_review" | "rejected" | null
  findings: Finding[]
  position: Position | null
  archived: boolean
  moment_s: number | null
  point?: string | null
  outside?: boolean
}

/** The way to this person is too narrow for everything: these people's pictures rest, so that sound gets through. */
export type PicturesRest = {
  type: "pictures_rest"
  participants: string[]
}

/** Keeps the connection; `n` comes back. */
export type Ping = {
  type: "ping"
  n: number
}

/** Answer to `ping`. */
export type Pong = {
  type: "pong"
  n: number
}

/** A device's own position (W3C Geolocation, WGS-84); accuracy is the 95 % radius in metres. */
export type Position = {
  lat: number
  lon: number
  accuracy_m: number
  at: string
}

/** RFC 9457 problem details; `title` and `detail` say what happened and what to do, `errors` about which fields. */
export type Problem = {
  type: string
  status: number
  title: Text
  detail: Text
  errors?: FieldFault[]
}

/** The applicant's rating (好差评). */
export type Rate = {
  order: "rate"
  stars: number
  words?: string
}

/** What is answered about one record of an application. */
export type RecordAnswer = {
  feedback: string
  granted: boolean
  words: string
}

/** What is recorded of one participant's sound or picture: for those who sign on the strength of it. */
export type RecordedTrack = {
  participant: string
  kind: "audio" | "video"
  seconds: number
  coverage: number
  gaps: number
  missing_s: number
}

/** A stretch of the sealed recording: seconds on its line. */
export type RecordingEvidence = {
  of: "recording"
  start_s: number
  end_s: number
}

/** Once a second while recording: what is on disk. The light shows this and nothing else. */
export type RecordingLight = {
  type: "recording"
  bytes: number
  archived_bytes: number
  archiving_pending: boolean
  seconds: number
  participants: RecordingProgress[]
}

/** One participant's bytes on this node's disk or beyond, the time they cover, and how long ago the last came. */
export type RecordingProgress = {
  participant: string
  bytes: number
  seconds: number
  age_s: number
}

/** The recording as a whole: from the first join to the end, in server time. `site_seen` and `site_heard`: did the */
export type RecordingView = {
  started_at: string
  ended_at: string | null
  end?: "applicant" | "disk_full" | "idle" | "reviewer" | "server_restart" | null
  site_seen?: boolean
  site_heard?: boolean
  attended?: boolean
}

/** What is to be put right, by point, and until when: `due` is the last day (in China) of `days` working days. */
export type RectificationView = {
  points: string[]
  days: number | null
  due: string | null
  due_note?: Text | null
}

/** The bureau takes a reviewer or expert off the panel; `officer` is who decided it. */
export type RecusalOrder = {
  participant: string
  cause: "conflict" | "no_opinion" | "no_show" | "recused"
  reason: string
  officer: string
}

/** Go on with a visit on the spot instead. An applicant need give no reason. */
export type Refer = {
  order: "refer"
  cause: "applicant_wish" | "lapsed" | "location_declined" | "no_show" | "officer"
  reason?: string
  officer?: string
}

/** The answer to an application: about every record of it, at once. */
export type RepairAnswer = {
  records: RecordAnswer[]
}

/** An application for repair: every record that is to be repaired, in one submission. */
export type RepairForm = {
  feedback: string[]
  words: string
}

/** A drawn person does not take part: the next in the drawn order does. */
export type ReplacementOrder = {
  member: string
  cause: "conflict" | "no_show" | "recused"
  reason: string
}

/** A run of media under one init segment. `mime` is what MediaSource.isTypeSupported takes. */
export type ReplayEpoch = {
  number: number
  mime: string
  kinds: ("audio" | "video")[]
  width: number
  height: number
  init: ReplayPart
  parts: ReplayPart[]
}

/** A journal event on the time line. `moment_s` may lie after the recording (conclusion, seal). */
export type ReplayEvent = {
  seq: number
  at: string
  moment_s: number | null
  kind: string
  participant: string | null
  text: Text
  photo?: string | null
}

/** Everything one participant's recording holds. */
export type ReplayLane = {
  participant: string
  name: string
  role: "applicant" | "auditor" | "expert" | "officer" | "reviewer" | "subject"
  tracks: ReplayTrack[]
  epochs: ReplayEpoch[]
  gaps: Gap[]
}

/** One stored object of media: fetch `/api/objects/{object}`; append it to the source buffer as it is. */
export type ReplayPart = {
  object: string
  sha256: string
  size: number
  start_s: number
  end_s: number
}

/** One participant's sound or picture as a whole. `seconds` is what is recorded: first to last, without gaps. */
export type ReplayTrack = {
  kind: "audio" | "video"
  codec: string
  seconds: number
  gaps: Gap[]
  coverage: number
}

/** What the auditor's page needs to replay a survey with every participant in step. */
export type ReplayView = {
  survey: SurveyView
  seconds: number
  lanes: ReplayLane[]
  events: ReplayEvent[]
  admission: AdmissionView
}

/** Nobody of this side came to appointment `number`. */
export type ReportMissed = {
  order: "report_missed"
  number: number
  side: "applicant" | "bureau"
  officer?: string
}

/** The survey's record (踏勘笔录) in one language, a PDF/A: `GET /api/surveys/{survey}/report/{language}`. */
export type ReportView = {
  language: "en" | "zh"
  sha256: string
  size: number
  kept: boolean
}

/** What the applicant was asked for in the call, a still or an answer; of no point it is `outside` the checklist. */
export type RequestView = {
  kind: "question" | "still"
  by: string
  text: string
  point: string | null
  outside: boolean
  at: string
  moment_s: number | null
}

/** An officer restricts the case with this number: every survey of it, re-surveys among them. */
export type RestrictForm = {
  order: "restrict"
  case_no: string
  ground: "erasure_hard" | "minors" | "retention" | "state_secret_suspected" | "trade_secret"
  reason: string
}

/** A restricted case as an officer sees it; `ground_words` say why. Lifted ones are not listed. */
export type RestrictionView = {
  survey: string
  case_no: string
  state: "admitted" | "appealed" | "cancelled" | "concluded" | "ended" | "in_session" | "on_site" | "refused" | "scheduled"
  officer: string
  ground: "erasure_hard" | "minors" | "retention" | "state_secret_suspected" | "trade_secret"
  ground_words: Text
  reason: string
  since: string
}

/** The applicant's page has seen the draw's checkpoint, signed it and reveals its number. */
export type RevealNumber = {
  type: "reveal_number"
  draw: number
  number: string
  signature: string
}

/** To the applicant's page: list and case are in the ledger. If `leaf`, the entry of the commitment with this */
export type RevealWanted = {
  type: "reveal_wanted"
  draw: number
  role: "expert" | "reviewer"
  commitment: string
  leaf: string
  index: number
  path: string[]
  note: string
}

/** What one department found. Others learn of it when every department's opinion is in: until then they see `given` */
export type ReviewView = {
  department: Department
  given: boolean
  answers: AnswerView[]
  opinion: OpinionView | null
}

/** A rule that a deduction may cite: its published number, official name, severity, and what the record says. */
export type RuleView = {
  number: string
  rule: string
  severity: "general" | "minor" | "serious"
  kind: Text
}

/** The published catalogue, with the periods in working days. */
export type RulesView = {
  version: string
  digest: string
  answer_days: number
  repair_days: number
  authority: Text
  rules: RuleView[]
}

/** Answer to the offer of this revision. The first two m-lines carry the person's own sound and picture. */
export type SdpAnswer = {
  type: "sdp_answer"
  revision: number
  sdp: string
}

/** An offer to answer. `tracks` names every live m-line; `ice_servers` are for a connection it begins. */
export type SdpOffer = {
  type: "sdp_offer"
  revision: number
  sdp: string
  tracks: OfferedTrack[]
  ice_servers?: IceServer[]
}

/** A seal: the manifest's object and digest. Kept false: saved here, archiving pending. */
export type SealView = {
  number: number
  kind: "addendum" | "case" | "recording"
  sha256: string
  key: string
  version_id: string | null
  sealed_at: string
  kept: boolean
}

/** A drawn person; `participant` once they have their link. */
export type SeatView = {
  member: string
  name: string
  participant: string | null
}

/** What the applicant asked a person, and the answer; `result` null while there is none. `due` is null then. */
export type SecondLookView = {
  words: string
  asked_at: string
  by: string
  due: DueView | null
  result: "admitted" | "on_site" | "upheld" | null
  ground: Text | null
  seen: string
  reason: string
  officer: string
  answered_at: string | null
}

/** The answer to Start. `session` goes into `Authorization: Bearer` and the WebSocket's `hello`. */
export type SessionView = {
  session: string
  role: "applicant" | "auditor" | "expert" | "officer" | "reviewer" | "subject"
  name: string
  participant: string
  survey: string | null
}

/** One reviewer's signed conclusion; two distinct reviewers with the same result conclude. */
export type SignatureView = {
  participant: string
  name: string
  result: "not_pass" | "pass" | "rectify" | "refer_on_site"
  reason: string
  at: string
  points?: string[]
  days?: number | null
}

/** Where the premises are: the point as it was given, with its datum, and the fence round it. */
export type Site = {
  lat: number
  lon: number
  radius_m: number
  datum?: "bd09" | "gcj02" | "wgs84"
  address?: string
}

/** A reviewer or expert declares a conflict of interest, or stands aside for another reason; for good. */
export type StandAside = {
  type: "stand_aside"
  cause: "conflict" | "recused"
  reason: string
}

/** To the applicant: take a still now; the nonce is good once and until `expires_at`. */
export type StillRequested = {
  type: "still_requested"
  nonce: string
  by: string
  note: string
  expires_at: string
  point?: string | null
  outside?: boolean
}

/** Sent the moment a still is taken, before its bytes: commits the hash. */
export type StillTaken = {
  type: "still_taken"
  nonce: string
  sha256: string
  size: number
  position?: Position | null
  taken_at?: string | null
}

/** A survey as HLS (RFC 8216): `url` is the master playlist, good without a session until `expires_at`. */
export type StreamView = {
  url: string
  expires_at: string
}

/** A base class for defining efficient serializable objects. */
export type Struct = {
}

/** Who applies. `code` is the unified social credit code of an enterprise, or a person's id number. */
export type SubjectForm = {
  code: string
  name: string
}

/** The applicant hands their photos in: the departments may review them. */
export type SubmitMaterial = {
  type: "submit_material"
}

/** A line of the auditor's list. Of a `restricted` case it has the number, the item and the state only. */
export type SurveyCard = {
  id: string
  case_no: string
  state: "admitted" | "appealed" | "cancelled" | "concluded" | "ended" | "in_session" | "on_site" | "refused" | "scheduled"
  item: Text
  subject_name: string
  tier: string
  created_at: string
  seconds: number | null
  participants: number
  photos: number
  conclusion: "not_pass" | "pass" | "rectify" | "refer_on_site" | null
  sealed: boolean
  mode?: "live" | "upload_only"
  limit?: LimitView | null
  restricted?: boolean
}

/** The survey as it stands now. */
export type SurveyChanged = {
  type: "survey"
  survey: SurveyView
}

/** Everything a participant may know of the survey. Sent whole whenever it changes: it is small. */
export type SurveyView = {
  id: string
  case_no: string
  state: "admitted" | "appealed" | "cancelled" | "concluded" | "ended" | "in_session" | "on_site" | "refused" | "scheduled"
  item: ItemView
  subject_name: string
  tier: string
  site: Site
  window: Window
  participants: ParticipantView[]
  photos: PhotoView[]
  videos: VideoView[]
  coming: ComingView[]
  answers: AnswerView[]
  signatures: SignatureView[]
  conclusion: "not_pass" | "pass" | "rectify" | "refer_on_site" | null
  recording: RecordingView | null
  seals: SealView[]
  mode?: "live" | "upload_only"
  material?: MaterialView | null
  reviews?: ReviewView[]
  reviews_open?: boolean
  life?: LifeView
  experts?: ExpertView[]
  experts_open?: boolean
  draws?: DrawView[]
  requests?: RequestView[]
  conclusions?: DepartmentConclusionView[]
  rectification?: RectificationView | null
  re_surveys?: string[]
  earlier?: EarlierView | null
  reports?: ReportView[]
  acknowledged_at?: string | null
  errands?: ErrandView[]
  restricted?: Text | null
}

/** One sentence in the interface's two languages. */
export type Text = {
  zh: string
  en: string
}

/** An officer upholds the decision. */
export type UpholdForm = {
  answer: "uphold"
  words: string
}

/** What a resumable upload is to become: a photo or a video, exactly one. Base64 of this as JSON is the key `facts` */
export type UploadForm = {
  photo?: PhotoForm | null
  video?: VideoForm | null
}

/** One of a person's own uploads. `path` is its tus address; when it is done `photo` or `video` is what it became, */
export type UploadView = {
  path: string
  form: UploadForm
  size: number
  received: number
  state: "coming" | "done" | "refused" | "taking"
  photo?: PhotoView | null
  video?: VideoView | null
  problem?: Problem | null
}

/** What the phone says of a site video. `sha256` is of the whole file, computed there; `point` is the checklist */
export type VideoForm = {
  name: string
  sha256: string
  position?: Position | null
  taken_at?: string | null
  point?: string | null
}

/** Where a browser can fetch or play a video without a session, until `expires_at`; byte ranges are served. */
export type VideoLink = {
  url: string
  expires_at: string
}

/** A site video as phone, desk and auditor see it. While checks run `result` is null; `seconds` is its length. */
export type VideoView = {
  id: string
  name: string
  sha256: string
  size: number
  media_type: string
  seconds: number | null
  received_at: string
  result: "accepted" | "needs_review" | "rejected" | null
  findings: Finding[]
  position: Position | null
  archived: boolean
  moment_s: number | null
  point?: string | null
}

/** What can be done about a decision, and until when (`until` null: at any time). */
export type WayView = {
  what: "appeal" | "ask_person" | "object" | "repair"
  text: Text
  until: string | null
}

/** Answer to `hello`. `clock_offset_ms` is device minus server. */
export type Welcome = {
  type: "welcome"
  you: string
  role: "applicant" | "auditor" | "expert" | "officer" | "reviewer" | "subject"
  now: string
  clock_offset_ms: number
  notice: string
  survey: SurveyView
}

/** When the survey's pictures may have been taken. Both ends carry a zone. */
export type Window = {
  start: string
  end: string
}

/** Withdraw the application. */
export type Withdraw = {
  order: "withdraw"
  reason: string
  officer?: string
}

export type FromPerson = Hello | Consent | DeviceReport | JoinMedia | SdpAnswer | Mute | Interrupted | DeviceTurned | AskStill | AskQuestion | StillTaken | AnswerPoint | EndSession | Conclude | ExplainShot | SubmitMaterial | AskShot | GiveOpinion | AcknowledgeRecord | CommitNumber | RevealNumber | StandAside | Ping

export type ToPerson = Welcome | SurveyChanged | SdpOffer | StillRequested | RecordingLight | PicturesRest | NumberWanted | RevealWanted | Fault | Pong

export type LifeOrder = Arrange | ReportMissed | Refer | Withdraw | Rate | MakeAppeal

export type Role = "applicant" | "reviewer" | "expert" | "auditor" | "officer" | "subject"

export type Kind = "audio" | "video"

export type SurveyState = "refused" | "on_site" | "admitted" | "scheduled" | "in_session" | "ended" | "concluded" | "appealed" | "cancelled"

export type Mode = "live" | "upload_only"

export type OpinionValue = "approve" | "rectify" | "on_site"

export type CheckValue = "ok" | "not_ok" | "unsure"

export type ConclusionResult = "pass" | "rectify" | "refer_on_site" | "not_pass"

export type Datum = "wgs84" | "gcj02" | "bd09"

export type FindingResult = "pass" | "flag" | "fail" | "na"

export type ReferralCause = "applicant_wish" | "location_declined" | "no_show" | "lapsed" | "officer"

export type AppealResult = "stands" | "survey_again" | "on_site"

export type LimitOf = "case" | "begin" | "material" | "rectify" | "appeal"

export type ErrandState = "valid" | "expired" | "taken_off" | "over" | "forged"
