// A field of a form that shows what is in force, and follows it until somebody begins to change it.

export class Field<E extends HTMLInputElement | HTMLSelectElement> {
  private shown = '';

  constructor(readonly element: E) {}

  show(text: string): void {
    if (this.element.value === this.shown) this.element.value = text;
    this.shown = text;
  }

  /** `text` is in force now: while nobody writes on, it may become what the process calls it. */
  accepted(text: string): void {
    this.shown = text;
  }
}

/** Calls `send`, and if that is true, what the fields held meanwhile is in force. */
export async function submit(fields: Field<HTMLInputElement | HTMLSelectElement>[],
                             send: () => Promise<boolean>): Promise<boolean> {
  const sent = fields.map((field) => ({ field, text: field.element.value }));
  if (!await send()) return false;
  for (const { field, text } of sent) field.accepted(text);
  return true;
}
