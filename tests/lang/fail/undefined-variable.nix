let valueOne = 1; in valueOn
