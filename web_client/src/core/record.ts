/** The survey's record, and what the applicant confirms: exactly what their page showed them. */
import type { AcknowledgeRecord, SealView, SurveyView } from "./wire.gen";

export function firstSeal(survey: SurveyView): SealView | null {
  return survey.seals.find((seal) => seal.kind === "recording") ?? null;
}

/** The message of "I have read it"; null while there is nothing to read, or when it was said. */
export function acknowledgement(survey: SurveyView): AcknowledgeRecord | null {
  const reports = survey.reports ?? [];
  const seal = firstSeal(survey);
  if (reports.length === 0 || seal === null || survey.acknowledged_at) return null;
  return { type: "acknowledge_record", reports: reports.map((one) => one.sha256), seal: seal.sha256 };
}
