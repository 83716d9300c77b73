/** APIs a mock controller can speak; `index.ts` has what each answers. */
export const CONTROLLER_APIS = ['legacy', 'coordinator', 'toy'] as const;

export type ApiName = (typeof CONTROLLER_APIS)[number];
