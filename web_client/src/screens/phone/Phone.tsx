/** The applicant's screen. */
export default function Phone() {
  return <main />;
}
