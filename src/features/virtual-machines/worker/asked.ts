export { fail, failureRecord, isRequested, sinceAsked } from '../../operations/asked.contract.js';
