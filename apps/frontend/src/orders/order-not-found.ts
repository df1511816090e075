import { ServiceError } from '@waybill/service-kit';

/** The error of a request that names an order which does not exist: 404 `ORDER_NOT_FOUND`. */
export function orderNotFound(): ServiceError {
  return new ServiceError({ code: 'ORDER_NOT_FOUND', status: 404, message: 'There is no order of this id' });
}
