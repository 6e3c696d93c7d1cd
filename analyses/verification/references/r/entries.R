# Numbers and the calls that gave them. The text of a call is that of the expression that is evaluated.
entries <- list()
against <- function(method, data, call, numbers, case = "", margins = NULL) {
  found <- numbers(eval(call))
  text <- gsub("\\s+", " ", paste(deparse(call, width.cutoff = 500), collapse = " "))
  entry <- list(method = method, data = data, case = case, call = text, numbers = as.list(found))
  if (!is.null(margins)) entry$margins <- as.list(margins)
  entries[[length(entries) + 1]] <<- entry
}
strict <- coxph.control(eps = 1e-14, toler.chol = 1e-15, iter.max = 60)
exact <- list(epsilon = 1e-15, maxit = 60)
