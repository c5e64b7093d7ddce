/** The server's HTTP interface. Every failure is a `Refusal` with words; nothing else is thrown. */
import { problemOfBody, Refusal, UNREACHABLE } from "../core/problems";
import type {
  ActForm,
  AppealAnswerForm,
  AskedView,
  AskPersonForm,
  CorrectForm,
  DeductionForm,
  ErrandCheck,
  FeedbackForm,
  FeedbackView,
  HealthView,
  InvitationView,
  ItemView,
  LifeOrder,
  LiftForm,
  NoticeLink,
  OwnView,
  PhotoForm,
  PhotoView,
  RepairAnswer,
  RepairForm,
  RecordedTrack,
  ReplayView,
  ReportView,
  RestrictForm,
  RestrictionView,
  RulesView,
  SessionView,
  SurveyCard,
  SurveyView,
  UpholdForm,
  UploadView,
  VideoLink,
} from "../core/wire.gen";

const segment = encodeURIComponent;

export class Api {
  /** Bearer token of the open session; null before Start. */
  session: string | null = null;
  /** What an auditor reads a restricted case for; empty while nobody has to say. */
  purpose = "";
  readonly #origin: string;

  /** `origin` goes in front of every path; empty for the page's own server. */
  constructor(origin = "") {
    this.#origin = origin;
  }

  health(): Promise<HealthView> {
    return this.#json("GET", "/api/health");
  }

  items(): Promise<ItemView[]> {
    return this.#json("GET", "/api/items");
  }

  /** Reading an invitation spends nothing. */
  invitation(token: string): Promise<InvitationView> {
    return this.#json("GET", `/api/invitations/${segment(token)}`);
  }

  /** Binds the link to `key` (32 bytes, hex); the same key again gives the same session. */
  async open(token: string, key: string): Promise<SessionView> {
    const session = await this.#json<SessionView>("POST", `/api/invitations/${segment(token)}/open`, { key });
    this.session = session.session;
    return session;
  }

  /** How the errand of this code stands; anybody may ask. */
  errand(code: string): Promise<ErrandCheck> {
    return this.#json("GET", `/api/errands/${segment(code)}`);
  }

  /** The same of a whole document, which must be what was signed. */
  errandOf(document: string): Promise<ErrandCheck> {
    return this.#json("POST", "/api/errands", { document });
  }

  surveys(): Promise<SurveyCard[]> {
    return this.#json("GET", "/api/surveys");
  }

  survey(id: string): Promise<SurveyView> {
    return this.#json("GET", `/api/surveys/${segment(id)}`);
  }

  /** An appointment, a referral to a visit, a rating and the like; what came of it. */
  move(id: string, order: LifeOrder): Promise<SurveyView> {
    return this.#json("POST", `/api/surveys/${segment(id)}/life`, order);
  }

  recorded(id: string): Promise<RecordedTrack[]> {
    return this.#json("GET", `/api/surveys/${segment(id)}/recorded`);
  }

  replay(id: string): Promise<ReplayView> {
    return this.#json("GET", `/api/surveys/${segment(id)}/replay`);
  }

  /** Findings of false material: all of them for an officer, for a subject those they were told of. */
  feedbacks(): Promise<FeedbackView[]> {
    return this.#json("GET", "/api/feedback");
  }

  /** The published rules a deduction may cite. */
  rules(): Promise<RulesView> {
    return this.#json("GET", "/api/rules");
  }

  recordFeedback(survey: string, form: FeedbackForm): Promise<FeedbackView> {
    return this.#json("POST", `/api/surveys/${segment(survey)}/feedback`, form);
  }

  actOn(feedback: string, form: ActForm): Promise<FeedbackView> {
    return this.#json("POST", `/api/feedback/${segment(feedback)}/acts`, form);
  }

  /** Begins the subject's period; later it only makes a further link. */
  giveNotice(feedback: string): Promise<NoticeLink> {
    return this.#json("POST", `/api/feedback/${segment(feedback)}/notice`);
  }

  deduct(feedback: string, form: DeductionForm): Promise<FeedbackView> {
    return this.#json("POST", `/api/feedback/${segment(feedback)}/deduction`, form);
  }

  askRepair(form: RepairForm): Promise<FeedbackView[]> {
    return this.#json("POST", "/api/repairs", form);
  }

  answerRepair(application: string, form: RepairAnswer): Promise<FeedbackView[]> {
    return this.#json("POST", `/api/repairs/${segment(application)}`, form);
  }

  /** Everything that was decided about the subject behind this link. */
  own(): Promise<OwnView> {
    return this.#json("GET", "/api/own");
  }

  /** Asks that a person look at a decision; everything as it stands then. */
  askPerson(survey: string, form: AskPersonForm): Promise<OwnView> {
    return this.#json("POST", `/api/own/${segment(survey)}/person`, form);
  }

  /** Decisions that a person was asked to look at. */
  asked(): Promise<AskedView[]> {
    return this.#json("GET", "/api/asked");
  }

  answerAsked(survey: string, form: UpholdForm | CorrectForm): Promise<AskedView> {
    return this.#json("POST", `/api/asked/${segment(survey)}`, form);
  }

  /** Cases with an appeal against their conclusion. */
  appeals(): Promise<AskedView[]> {
    return this.#json("GET", "/api/appeals");
  }

  answerAppeal(survey: string, form: AppealAnswerForm): Promise<AskedView> {
    return this.#json("POST", `/api/appeals/${segment(survey)}`, form);
  }

  /** The cases that are restricted now. */
  restrictions(): Promise<RestrictionView[]> {
    return this.#json("GET", "/api/restrictions");
  }

  /** Restricts a case or lifts it; the cases that are restricted then. */
  orderRestriction(form: RestrictForm | LiftForm): Promise<RestrictionView[]> {
    return this.#json("POST", "/api/restrictions", form);
  }

  /** An archived object as the server serves it, with its recorded hash in `X-Takan-Sha256`. */
  async object(id: string, signal?: AbortSignal): Promise<{ bytes: ArrayBuffer; sha256: string | null }> {
    const response = await this.#ask("GET", `/api/objects/${segment(id)}`, undefined, signal);
    return { bytes: await response.arrayBuffer(), sha256: response.headers.get("X-Takan-Sha256") };
  }

  /** One's own resumable uploads, the oldest first. */
  uploads(survey: string): Promise<UploadView[]> {
    return this.#json("GET", `/api/surveys/${segment(survey)}/uploads`);
  }

  /** Where a resumable upload begins. */
  uploadsAddress(survey: string): string {
    return `${this.#origin}/api/surveys/${segment(survey)}/uploads`;
  }

  /** A picture of a site video. */
  frame(survey: string, video: string): Promise<Blob> {
    return this.#blob(`/api/surveys/${segment(survey)}/videos/${segment(video)}/frame`);
  }

  /** An address that downloads or plays a video without a session, for some hours. */
  videoLink(survey: string, video: string): Promise<VideoLink> {
    return this.#json("POST", `/api/surveys/${segment(survey)}/videos/${segment(video)}/link`);
  }

  preview(survey: string, photo: string): Promise<Blob> {
    return this.#blob(`/api/surveys/${segment(survey)}/photos/${segment(photo)}/preview`);
  }

  /** The picture of the live video that shows the photo's place. */
  livePicture(survey: string, photo: string): Promise<Blob> {
    return this.#blob(`/api/surveys/${segment(survey)}/photos/${segment(photo)}/live`);
  }

  original(survey: string, photo: string): Promise<Blob> {
    return this.#blob(`/api/surveys/${segment(survey)}/photos/${segment(photo)}/original`);
  }

  export(survey: string): Promise<Blob> {
    return this.#blob(`/api/surveys/${segment(survey)}/export`);
  }

  /** The survey's record in one language, a PDF. */
  report(survey: string, language: ReportView["language"]): Promise<Blob> {
    return this.#blob(`/api/surveys/${segment(survey)}/report/${language}`);
  }

  /**
   * Sends a photo's bytes as they are. `onSent` gets the fraction on its way, 0 to 1.
   * XMLHttpRequest, because fetch does not tell the progress of an upload.
   */
  uploadPhoto(survey: string, facts: PhotoForm, bytes: Blob, onSent: (fraction: number) => void): Promise<PhotoView> {
    const body = new FormData();
    body.append("facts", new Blob([JSON.stringify(facts)], { type: "application/json" }), "facts.json");
    body.append("file", bytes, facts.name);
    const request = new XMLHttpRequest();
    return new Promise((resolve, reject) => {
      request.upload.addEventListener("progress", (event) => {
        if (event.lengthComputable) onSent(event.loaded / event.total);
      });
      request.addEventListener("load", () => {
        const said = parsed(request.responseText);
        if (request.status >= 200 && request.status < 300 && said !== null) resolve(said as PhotoView);
        else reject(new Refusal(problemOfBody(request.status, said)));
      });
      for (const event of ["error", "abort", "timeout"]) {
        request.addEventListener(event, () => reject(new Refusal(UNREACHABLE)));
      }
      request.open("POST", `${this.#origin}/api/surveys/${segment(survey)}/photos`);
      request.timeout = 180_000;
      if (this.session !== null) request.setRequestHeader("Authorization", `Bearer ${this.session}`);
      request.send(body);
    });
  }

  async #blob(path: string): Promise<Blob> {
    return (await this.#ask("GET", path)).blob();
  }

  async #json<T>(method: string, path: string, body?: unknown): Promise<T> {
    const response = await this.#ask(method, path, body);
    return (await response.json()) as T;
  }

  async #ask(method: string, path: string, body?: unknown, signal?: AbortSignal): Promise<Response> {
    const headers: Record<string, string> = {};
    if (this.session !== null) headers["Authorization"] = `Bearer ${this.session}`;
    if (this.purpose !== "") headers["Takan-Purpose"] = encodeURIComponent(this.purpose);
    if (body !== undefined) headers["Content-Type"] = "application/json";
    const response = await fetch(this.#origin + path, {
      method,
      headers,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      ...(signal ? { signal } : {}),
    }).catch((cause: unknown) => {
      if (signal?.aborted) throw cause;
      throw new Refusal(UNREACHABLE);
    });
    if (!response.ok) throw new Refusal(problemOfBody(response.status, parsed(await response.text().catch(() => ""))));
    return response;
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
