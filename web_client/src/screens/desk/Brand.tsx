import { Seal } from "../../parts/Seal";

export function Brand() {
  return (
    <span class="d-brand">
      <Seal size={26} />
      <span lang="zh">踏勘</span>
    </span>
  );
}
