/** A ballot going into the box: the whole product in one picture. Decorative; the words beside it say it all. */
export function BallotBox() {
  return (
    <svg className="illustration" viewBox="0 0 320 230" aria-hidden="true" focusable="false">
      <ellipse className="art-ground" cx="160" cy="214" rx="140" ry="11" />
      <path className="art-lid" d="M52 108h216l14 26H38z" />
      <path
        className="art-slot"
        d="M100 116h120a3 3 0 0 1 3 3v2a3 3 0 0 1-3 3H100a3 3 0 0 1-3-3v-2a3 3 0 0 1 3-3z"
      />
      <g className="art-paper">
        <path d="M112 120V26a6 6 0 0 1 6-6h84a6 6 0 0 1 6 6v94" />
        <path className="art-thin" d="M160 42h30M160 62h30M160 82h22" />
        <path className="art-thin" d="M130 36h14v14h-14zM130 58h14v14h-14zM130 80h14v14h-14z" />
        <path className="art-tick" d="M132.5 64.5l4 4.5 8.5-10" />
      </g>
      <path className="art-box" d="M46 134h228v72a8 8 0 0 1-8 8H54a8 8 0 0 1-8-8z" />
      <circle className="art-seal" cx="160" cy="173" r="24" />
      <path className="art-seal-tick" d="M148.5 173.5l8.5 8.5 15.5-17" />
    </svg>
  )
}

/** A slip with its square code over the scanner's light. The words of the screen describe it. */
export function SlipOverLight({ label }: { label: string }) {
  return (
    <svg className="illustration" viewBox="0 0 320 250" role="img" aria-label={label}>
      <g className="art-paper">
        <path d="M104 14h112a6 6 0 0 1 6 6v126H98V20a6 6 0 0 1 6-6z" />
        <path className="art-thin" d="M118 34h60M118 48h40" />
      </g>
      <g className="art-code">
        <path d="M132 66h22v22h-22zM166 66h22v22h-22zM132 100h22v22h-22z" />
        <path
          className="art-code-fill"
          d="M139 73h8v8h-8zM173 73h8v8h-8zM139 107h8v8h-8zM164 100h8v8h-8zM180 100h8v8h-8zM172 108h8v8h-8zM164 116h8v8h-8zM180 116h8v8h-8z"
        />
      </g>
      <path className="art-beam" d="M112 208l26-62h44l26 62z" />
      <path className="art-arrow" d="M262 84v64M244 130l18 18 18-18" />
      <rect className="art-box" x="60" y="208" width="200" height="30" rx="10" />
      <rect className="art-light" x="120" y="214" width="80" height="10" rx="5" />
    </svg>
  )
}
