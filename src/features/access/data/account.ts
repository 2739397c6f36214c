/** The holder of rights: a person's account, or a tenant's service account. */
export interface Account {
  type: 'user' | 'service-account';
  id: string;
}

/** Whoever a role can be given to: an account, or all that an issuer counts to a group (`<alias>/<group>`). */
export type Holder = Account | { type: 'group'; id: string };

/** The columns by which bindings belong to a holder; exactly one of them is set. */
export function holderColumns(holder: Holder): {
  user_id: string | null;
  service_account_id: string | null;
  group_name: string | null;
} {
  return {
    user_id: holder.type === 'user' ? holder.id : null,
    service_account_id: holder.type === 'service-account' ? holder.id : null,
    group_name: holder.type === 'group' ? holder.id : null,
  };
}

/** The two columns by which rows belong to an account; exactly one of them is set. */
export function accountColumns(account: Account): {
  user_id: string | null;
  service_account_id: string | null;
} {
  return account.type === 'user'
    ? { user_id: account.id, service_account_id: null }
    : { user_id: null, service_account_id: account.id };
}

export function accountColumn(account: Account): 'user_id' | 'service_account_id' {
  return account.type === 'user' ? 'user_id' : 'service_account_id';
}
