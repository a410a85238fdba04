assert null == false; 0
